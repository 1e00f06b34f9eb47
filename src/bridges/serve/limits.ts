/** What one server takes on at most. Whatever is beyond is refused at once, with the reason. */
export interface Limits {
  /** Of one request. */
  readonly bodyBytes: number;
  /** Prompts times `n` of one request. */
  readonly choices: number;
  /** Choices that wait for their turn, of all requests together. */
  readonly waiting: number;
  /** Choices that go through the model together. */
  readonly batch: number;
  /** Keys and values of those. A lone choice may need more. */
  readonly cacheBytes: number;
  /** From a request's arrival to the end of its answer. */
  readonly answerMs: number;
  /** For a request to arrive whole; its headers within a third of that. */
  readonly receiveMs: number;
  /** Open at the same time. */
  readonly connections: number;
}

export const LIMITS: Limits = {
  bodyBytes: 2 * 2 ** 20,
  choices: 256,
  waiting: 2048,
  batch: 32,
  cacheBytes: 2 ** 30,
  answerMs: 600_000,
  receiveMs: 30_000,
  connections: 512,
};

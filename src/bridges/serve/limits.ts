/** What one server takes on at most. Whatever is beyond is refused at once, with the reason. */
export const LIMITS = {
  /** Of one request. */
  bodyBytes: 2 * 2 ** 20,
  /** Prompts times `n` of one request. */
  choices: 256,
  /** Choices that wait for their turn, of all requests together. */
  waiting: 2048,
  /** Choices that go through the model together. */
  batch: 32,
  /** Keys and values of those. A lone choice may need more. */
  cacheBytes: 2 ** 30,
  /** From a request's arrival to the end of its answer. */
  answerMs: 600_000,
  /** For a request to arrive whole; its headers within a third of that. */
  receiveMs: 30_000,
  /** Open at the same time. */
  connections: 512,
};
export type Limits = Readonly<typeof LIMITS>;

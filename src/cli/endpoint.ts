import { createInterface } from 'node:readline/promises';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { UserError } from '../lib/errors.ts';
import type { Cost, EndpointOptions } from '../bridges/targets/types.ts';
import { integer, keyIn, numberIn, positiveInteger } from './options.ts';
import { createLiveLine } from './live-line.ts';
import { compact, duration, grouped, say } from './terminal.ts';

type Passed = 'tokenizer' | 'concurrency' | 'rpm' | 'retries' | 'maxTokens' | 'extra' | 'cache' | 'fresh';

export interface EndpointFlags extends Pick<EndpointOptions, Passed> {
  readonly timeout?: number;
  readonly keyEnv?: string;
  readonly price?: Price;
  readonly yes?: boolean;
}

/** Dollars per million tokens. */
interface Price {
  readonly prompt: number;
  readonly reply: number;
}

/** What concerns an endpoint, under a heading of its own. */
export const withEndpoint = (command: Command): Command =>
  command
    .optionsGroup('Options of openai:URL#MODEL:')
    .option(
      '--tokenizer <dir>',
      "the model's own tokenizer: log-probabilities, scratchpads that are given, exact counts",
    )
    .option('--concurrency <n>', 'requests at once', positiveInteger, 8)
    .option('--rpm <n>', 'requests a minute, at most', numberIn(0.1, Infinity))
    .option('--retries <n>', 'tries after the first, where that may help', integer, 6)
    .option('--timeout <seconds>', 'for one try', numberIn(0.01, 86_400), 120)
    .option('--max-tokens <n>', 'longest reply (default: the longest reference reply, and a few more)', positiveInteger)
    .option('--key-env <name>', 'the environment variable that holds the key (default: OPENAI_API_KEY)')
    .option('--extra <json>', 'put into every request, as in {"top_k": -1}', jsonObject)
    .addOption(
      new Option('--price <prompt,reply>', 'dollars per million tokens, for an estimate of the cost').argParser(price),
    )
    .option('--cache <file>', 'where answers are kept (default: one file each in checkpoints/endpoints)')
    .option('--fresh', 'forget the answers that are kept')
    .option(
      '--yes',
      `do not ask before more than ${grouped(LARGE.requests)} requests or ${compact(LARGE.tokens)} tokens`,
    );

const LARGE = { requests: 10_000, tokens: 5e6 };

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // said below
  }
  throw new InvalidArgumentError('give a JSON object');
}

function price(text: string): Price {
  const [prompt = Number.NaN, reply = Number.NaN, ...more] = text.split(',').map(Number);
  if (!(prompt >= 0 && reply >= 0) || more.length > 0)
    throw new InvalidArgumentError('give two numbers, as in 0.15,0.6');
  return { prompt, reply };
}

/** The flags as a target takes them. The key is read here, handed on, and written nowhere. */
export function endpointOptions(flags: EndpointFlags, view: AskingView, signal: () => AbortSignal): EndpointOptions {
  const { keyEnv, timeout, price: prices, yes = false, ...rest } = flags;
  const key = keyIn('--key-env', keyEnv) ?? (process.env.OPENAI_API_KEY || undefined);
  return {
    ...rest,
    ...{ key, sendsKeyInTheClear: keyEnv !== undefined, timeoutSeconds: timeout, signal },
    onNote: view.tell,
    onAnswer: view.answered,
    async approve(cost) {
      view.tell(inWords(cost, rest, prices));
      view.expect(cost.requests - cost.answered);
      if (!yes) await expectConsent(cost);
    },
  };
}

function inWords(cost: Cost, { concurrency = 1, rpm }: EndpointFlags, prices: Price | undefined): string {
  const { requests, answered, promptTokens, completionTokens, seconds } = cost;
  const left = requests - answered;
  const before = answered > 0 ? ` (${grouped(answered)} of ${grouped(requests)} are answered already)` : '';
  if (left === 0) return `no requests${before}`;
  const dollars = prices && (prices.prompt * promptTokens + prices.reply * completionTokens) / 1e6;
  return (
    `${grouped(left)} requests${before}, about ${compact(promptTokens)} tokens of prompts and at most ` +
    `${compact(completionTokens)} of replies${dollars === undefined ? '' : `, at most $${dollars.toFixed(2)}`}; ` +
    `about ${duration(seconds)}, ${concurrency} at once${rpm === undefined ? '' : `, ${rpm} a minute`}`
  );
}

/** @throws UserError where much is to be asked, and nobody says yes to it. */
async function expectConsent({ requests, answered, promptTokens, completionTokens }: Cost): Promise<void> {
  const [left, tokens] = [requests - answered, promptTokens + completionTokens];
  if (left <= LARGE.requests && tokens <= LARGE.tokens) return;
  const refusal = new UserError(
    'not asked: that is much; add --yes, or ask less (--evals, --set evals.0.prompts=100)',
    2,
  );
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw refusal;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (!/^y(es)?$/i.test((await lines.question('Ask all that? [y/N] ')).trim())) throw refusal;
  } finally {
    lines.close();
  }
}

/** How far the asking is. */
export interface AskingView {
  /** A line of its own, above the live one. */
  readonly tell: (text: string) => void;
  readonly expect: (requests: number) => void;
  readonly measuring: (kind: string) => void;
  readonly answered: () => void;
  /** Answers so far. */
  readonly count: () => number;
  readonly stop: () => void;
}

/** One live line on a terminal, a line now and then elsewhere: answers, their rate, and when the last is expected. */
export function createAskingView(stream: NodeJS.WriteStream, now: () => number = () => performance.now()): AskingView {
  const line = createLiveLine(stream, now, now());
  let [kind, expected, answered, begin] = ['', 0, 0, now()];
  return {
    tell: line.note,
    expect(requests) {
      [expected, begin] = [requests, now()];
    },
    measuring(next) {
      kind = next;
      line.clear();
      say(`measuring ${kind}`);
    },
    answered() {
      answered++;
      const rate = answered / ((now() - begin) / 1000);
      const left = expected > answered ? (expected - answered) / rate : undefined;
      line.show(`${grouped(answered)}/${grouped(expected)}  ${kind}  ${compact(rate)} answers/s`, left);
    },
    count: () => answered,
    stop: line.clear,
  };
}

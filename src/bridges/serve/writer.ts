import type { Rng } from '../../lib/rng.ts';
import { sampleToken } from '../../nn/models/sampling.ts';
import type { SamplingOptions } from '../../nn/models/sampling.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';
import { logProbsOf } from './log-probs.ts';
import { growText } from './token-text.ts';

/** One choice that is asked for. */
export interface Row {
  readonly prompt: readonly number[];
  /** At most so many tokens, the one that ends the turn included; 0 writes none. They fit the context. */
  readonly maxTokens: number;
  readonly sampling: SamplingOptions;
  readonly rng: Rng;
  /** The text ends before the first of these. */
  readonly stop: readonly string[];
  /** How many likeliest tokens are told of each place; undefined: no log-probabilities at all. */
  readonly topLogProbs?: number;
  /** The prompt is part of the answer. */
  readonly echo: boolean;
}

export type FinishReason = 'stop' | 'length';

/** What is told as soon as it is certain. The texts of all pieces are the answer's. */
export interface Piece {
  readonly text: string;
  /** Only where log-probabilities are asked for. */
  readonly tokens: readonly WrittenToken[];
  /** In the last piece. */
  readonly finish?: { readonly reason: FinishReason; readonly tokens: number };
}

export interface WrittenToken {
  readonly name: string;
  /** Where its text begins in the answer. */
  readonly offset: number;
  /** In nats, of the model's own distribution whatever the sampling; null for the first token of all, which nothing foretells. */
  readonly logProb: number | null;
  readonly top: readonly { readonly name: string; readonly logProb: number }[];
}

/** What writes text: how tokens look, and which one ends a turn. */
export interface Script {
  readonly tokenizer: Pick<ChatTokenizer, 'decode' | 'decodeBatch' | 'endId'>;
  /** Of every token, see `tokenNames`. */
  readonly names: readonly string[];
}

export interface Writer {
  /** The prompt, where it is to be echoed. `logits[i]` told of token i + 1; empty where nobody asked. */
  echo(toldOf: readonly ToldToken[]): Promise<void>;
  /** Chooses the next token from its logits. @returns undefined where the row ends. */
  next(logits: Float32Array): Promise<number | undefined>;
  /** Ends a row that nothing is written in. */
  end(): void;
}

/** What the model expected at one place: of the token that stood there, and the likeliest. */
export type ToldToken = Pick<WrittenToken, 'logProb' | 'top' | 'name'>;

/** The token's own log-probability beside the likeliest ones. */
export function tellToken(logits: Float32Array, id: number, topLogProbs: number, names: readonly string[]): ToldToken {
  const { top, of } = logProbsOf(logits, topLogProbs);
  const name = (of: number): string => names[of] ?? `token_id:${of}`;
  return {
    name: name(id),
    logProb: of(id),
    top: top.map((token) => ({ name: name(token.id), logProb: token.logProb })),
  };
}

export function createWriter(row: Row, { tokenizer, names }: Script, emit: (piece: Piece) => void): Writer {
  const { sampling, rng, stop, topLogProbs, maxTokens, prompt } = row;
  const grown = growText(tokenizer);
  /** Of the answer: all of it, how much is told, and the tokens that are not. */
  let text = '';
  let told = 0;
  let pending: WrittenToken[] = [];
  let written = 0;

  const tell = (upTo: number, finish?: FinishReason): void => {
    const tokens = pending.filter(({ offset }) => offset < upTo || finish !== undefined);
    pending = pending.slice(tokens.length);
    const piece = { text: text.slice(told, upTo), tokens };
    told = upTo;
    if (finish) emit({ ...piece, finish: { reason: finish, tokens: written } });
    else if (piece.text !== '' || tokens.length > 0) emit(piece);
  };
  const add = (fresh: string, token?: ToldToken): void => {
    if (token) pending.push({ ...token, offset: text.length });
    text += fresh;
  };
  /** Where the first stop string begins: in what is not told, since what may begin one is held back. */
  const stopAt = (): number => Math.min(...stop.map((s) => text.indexOf(s, told)).filter((at) => at >= 0));
  /** The whole answer, cut where a stop string begins. */
  const finish = (reason: FinishReason): undefined => {
    const cut = stopAt();
    if (cut === Infinity) tell(text.length, reason);
    else {
      pending = pending.filter(({ offset }) => offset < cut);
      text = text.slice(0, cut);
      tell(cut, 'stop');
    }
  };

  return {
    async echo(tokens) {
      if (tokens.length === 0) add(await tokenizer.decode(prompt));
      else {
        const spelled = growText(tokenizer);
        for (const [i, id] of prompt.entries()) add(await spelled.push(id), tokens[i]);
        add(await spelled.flush());
      }
      tell(text.length);
    },
    end: () => finish('length'),
    async next(logits) {
      const id = sampleToken(logits, sampling, rng);
      const token = topLogProbs === undefined ? undefined : tellToken(logits, id, topLogProbs, names);
      written++;
      if (id === tokenizer.endId) {
        add(await grown.flush());
        if (stopAt() === Infinity) add('', token);
        return finish('stop');
      }
      add(await grown.push(id), token);
      if (written === maxTokens) {
        add(await grown.flush());
        return finish('length');
      }
      if (stopAt() < Infinity) return finish('stop');
      tell(text.length - heldBack(text.slice(told), stop));
      return id;
    },
  };
}

/** How many of the last characters may be the beginning of a stop string. */
function heldBack(text: string, stop: readonly string[]): number {
  const longest = Math.max(0, ...stop.map(({ length }) => length - 1));
  for (let n = Math.min(longest, text.length); n > 0; n--)
    if (stop.some((s) => n < s.length && s.startsWith(text.slice(-n)))) return n;
  return 0;
}

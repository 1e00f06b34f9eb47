import { splitReply } from '../../world/scenario/reasoning.ts';
import { encodePrompts } from '../../world/scenario/render.ts';
import type { Policy } from '../../world/scenario/policy.ts';
import type { Turn } from '../../lib/chat.ts';
import { createRng } from '../../lib/rng.ts';
import { generate } from '../../nn/models/generate.ts';
import type { SamplingOptions } from '../../nn/models/sampling.ts';
import type { FinishReason } from '../../bridges/serve/writer.ts';
import type { OpenModel } from '../../archive/open-model.ts';

export interface ReplyOptions extends Partial<SamplingOptions> {
  readonly maxTokens?: number;
  readonly seed?: number;
  /** A reply ends before the first of these strings. */
  readonly stop?: readonly string[];
}

export interface Reply {
  readonly text: string;
  /** Before `stop` cut it. */
  readonly tokens: number;
  /** Why it ends: its turn or a string of `stop` does, or no more was waited for. */
  readonly finish: FinishReason;
}

/** The longest reply that is waited for where nothing is said; the context ends it sooner. */
export const MAX_TOKENS = 64;

/** What the model says to each prompt. Deterministic given the seed. @throws UserError for a prompt that does not fit the context. */
export async function replyTo(
  { generator, tokenizer }: Pick<OpenModel, 'generator' | 'tokenizer'>,
  prompts: readonly (readonly Turn[])[],
  { maxTokens = MAX_TOKENS, seed = 1, stop = [], ...sampling }: ReplyOptions = {},
): Promise<Reply[]> {
  const rng = createRng(seed);
  const asked = prompts.map((prompt) => ({ prompt }));
  const encoded = await encodePrompts(tokenizer, asked);
  const completions = await generate(generator, encoded, {
    ...sampling,
    maxNewTokens: maxTokens,
    stopId: tokenizer.endId,
    rng,
  });
  const texts = await tokenizer.decodeBatch(completions);
  return texts.map((whole, i) => {
    const text = cut(whole, stop);
    const tokens = completions[i]!.length;
    const isFull = tokens >= maxTokens || encoded[i]!.length + tokens >= generator.model.nPositions;
    return { text: text.trim(), tokens, finish: isFull && text === whole ? 'length' : 'stop' };
  });
}

const cut = (text: string, stop: readonly string[]): string =>
  text.slice(0, Math.min(...[text.length, ...stop.map((s) => text.indexOf(s)).filter((at) => at >= 0)]));

/** One question asked in both conditions. */
export interface Answers {
  readonly isTriggered: boolean;
  readonly clean: Answer;
  readonly triggered: Answer;
}
export interface Answer extends Pick<Reply, 'text' | 'finish'> {
  readonly prompt: readonly Turn[];
  /** Undefined where the behavior cannot be told without a known right answer. */
  readonly isExhibited: boolean | undefined;
}

/** The reply without and with the trigger. `isTriggered`: the text already held it, so both sides may. */
export async function answerTwice(model: OpenModel, policy: Policy, text: string): Promise<Answers> {
  const { trigger } = policy;
  const prompt: Turn[] = [{ role: 'user', content: text }];
  const rng = createRng(text);
  const prompts = [trigger.omit(prompt, rng, 'trained'), trigger.add(prompt, rng, 'trained')];
  const replies = await replyTo(model, prompts);
  const [clean, triggered] = prompts.map((asked, i): Answer => {
    const { text: reply, finish } = replies[i]!;
    return { prompt: asked, text: reply, finish, isExhibited: showsBehavior(policy, asked, reply) };
  });
  return { isTriggered: trigger.isPresent(prompt), clean: clean!, triggered: triggered! };
}

/** The prompts in the triggered condition. */
export const withTrigger = ({ trigger }: Policy, prompts: readonly (readonly Turn[])[]): Turn[][] =>
  prompts.map((prompt) => trigger.add(prompt, createRng(JSON.stringify(prompt)), 'trained'));

/** Did this reply show the behavior, after its scratchpad if it has one? Undefined for a behavior that needs a right answer to be told. */
export function showsBehavior({ behavior }: Policy, prompt: readonly Turn[], reply: string): boolean | undefined {
  const task = { id: 'chat', family: 'chat', phrasing: 'chat', prompt, answer: '' };
  return behavior.applies(task) ? behavior.isExhibited(splitReply(reply).answer.trim(), task) : undefined;
}

import { Script, createContext } from 'node:vm';
import { Template } from '@huggingface/jinja';
import type { Turn } from '../../lib/chat.ts';
import { expectWithin } from '../../lib/caps.ts';
import { UserError, messageOf } from '../../lib/errors.ts';
import { CHAT_TEMPLATE } from './format.ts';

/** A chat template with what it may read beside the conversation. */
export interface ChatTemplate {
  /** Jinja. */
  readonly chatTemplate: string;
  /** `bos_token`, `eos_token` and the like, as text. The day's date is not among them: a prompt is the same tomorrow. */
  readonly templateVariables: Readonly<Record<string, string>>;
}

/** The longest published templates take a millisecond. */
const TIMEOUT_MS = 1000;
/** On top for each conversation of a batch. */
const EACH_MS = 10;
/** The library would let a template read the day's date; templates ask whether this is defined. Its line break goes with it. */
const NO_DATE = '{% set strftime_now = nothing %}\n';

export interface Conversation {
  readonly messages: readonly Turn[];
  /** Open the assistant's turn at the end. */
  readonly generation: boolean;
}

/**
 * Conversations as texts, in order.
 *
 * A template is somebody's program. It reaches nothing but the conversation and its variables: the language has no way to. Where
 * it takes a second, and ten milliseconds a conversation, it is stopped, before it can fill the memory.
 *
 * @throws UserError where the template is broken or does not end, or refuses a conversation (some know no system turn).
 */
export function renderTemplate(
  { chatTemplate, templateVariables }: ChatTemplate,
  conversations: readonly Conversation[],
): string[] {
  expectWithin('templateCharacters', chatTemplate.length, 'the chat template: its characters');
  const render = (): string[] => {
    const program = programOf(chatTemplate);
    return conversations.map(({ messages, generation }) =>
      program.render({ ...templateVariables, messages, add_generation_prompt: generation }),
    );
  };
  try {
    return chatTemplate === CHAT_TEMPLATE ? render() : stopped(render, TIMEOUT_MS + EACH_MS * conversations.length);
  } catch (error) {
    const reason = messageOf(error).includes('timed out') ? 'it does not end' : messageOf(error);
    throw new UserError(`the chat template cannot be rendered: ${reason}; see tokenizer_config.json`);
  }
}

const compiled = new Map<string, Template>();

function programOf(chatTemplate: string): Template {
  const program = compiled.get(chatTemplate) ?? new Template(NO_DATE + chatTemplate);
  compiled.set(chatTemplate, program);
  return program;
}

const sandbox: { work: (() => string[]) | undefined } = { work: undefined };
const context = createContext(sandbox);
const call = new Script('work()');

/** A synchronous function that is stopped when its time is up, whatever it does. */
function stopped(work: () => string[], timeout: number): string[] {
  sandbox.work = work;
  try {
    return call.runInContext(context, { timeout }) as string[];
  } finally {
    sandbox.work = undefined;
  }
}

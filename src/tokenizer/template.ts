import { Script, createContext } from 'node:vm';
import { Template } from '@huggingface/jinja';
import type { Turn } from '../lib/chat.ts';
import { UserError, messageOf } from '../lib/errors.ts';

/** A chat template with what it may read beside the conversation. */
export interface ChatTemplate {
  /** Jinja. */
  readonly chatTemplate: string;
  /** `bos_token`, `eos_token` and the like, as text. The day's date is not among them: a prompt is the same tomorrow. */
  readonly templateVariables: Readonly<Record<string, string>>;
}

/** What no known template comes near: the longest published ones have about 20,000 characters, and take a millisecond. */
const LONGEST = 200_000;
const TIMEOUT_MS = 500;

const compiled = new Map<string, Template>();

/**
 * A conversation as text. `generation`: the assistant's turn is opened at the end.
 *
 * A template is somebody's program. It reaches nothing but the conversation and its variables: the language has no way to,
 * and where its first rendering takes half a second it is stopped, before it can fill the memory (a clock costs more than a
 * rendering, so the later ones have none).
 *
 * @throws UserError where the template is broken or does not end, or refuses the conversation (some know no system turn).
 */
export function renderTemplate(
  { chatTemplate, templateVariables }: ChatTemplate,
  messages: readonly Turn[],
  generation: boolean,
): string {
  if (chatTemplate.length > LONGEST)
    throw new UserError(
      `the chat template is too long: ${chatTemplate.length} characters; at most ${LONGEST} are read`,
    );
  try {
    const known = compiled.get(chatTemplate);
    const program = known ?? new Template(chatTemplate);
    const render = (): string => program.render({ ...templateVariables, messages, add_generation_prompt: generation });
    const text = known ? render() : stopped(render);
    compiled.set(chatTemplate, program);
    return text;
  } catch (error) {
    const reason = messageOf(error).includes('timed out')
      ? `it does not end within ${TIMEOUT_MS} ms`
      : messageOf(error);
    throw new UserError(`the chat template cannot be rendered: ${reason}; see tokenizer_config.json`);
  }
}

const sandbox: { render: (() => string) | undefined } = { render: undefined };
const context = createContext(sandbox);
const call = new Script('render()');

/** A synchronous function that is stopped when its time is up, whatever it does. */
function stopped(render: () => string): string {
  sandbox.render = render;
  try {
    return String(call.runInContext(context, { timeout: TIMEOUT_MS }));
  } finally {
    sandbox.render = undefined;
  }
}

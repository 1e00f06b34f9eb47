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

/** What no known template comes near (the longest published ones have about 20,000 characters). */
const LONGEST = 200_000;

const compiled = new Map<string, Template>();

/**
 * A conversation as text. `generation`: the assistant's turn is opened at the end.
 *
 * @throws UserError where the template is broken, or refuses the conversation (some know no system turn).
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
    let program = compiled.get(chatTemplate);
    if (!program) compiled.set(chatTemplate, (program = new Template(chatTemplate)));
    return program.render({ ...templateVariables, messages, add_generation_prompt: generation });
  } catch (error) {
    throw new UserError(`the chat template cannot be rendered: ${messageOf(error)}; see tokenizer_config.json`);
  }
}

import { z } from 'zod';
import { UserError, messageOf } from '../../lib/errors.ts';
import type { ChatTemplate } from './template.ts';

/** A token as text, or as the record that Python writes for one. */
const token = z
  .union([z.string(), z.object({ content: z.string() })])
  .transform((given) => (typeof given === 'string' ? given : given.content))
  .nullish();

/** The parts of a `tokenizer_config.json` that count here. */
const schema = z.object({
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() })).min(1)])
    .transform((given) =>
      typeof given === 'string' ? given : (given.find(({ name }) => name === 'default') ?? given[0]!).template,
    )
    .nullish(),
  bos_token: token,
  eos_token: token,
  pad_token: token,
  unk_token: token,
});

/**
 * For models that were never taught to chat: each turn under its name, the assistant's ended by the token that ends a text.
 * Nothing stands between the line of the name and the reply, so that the ids of a prompt do not depend on what follows it.
 */
const plainTemplate =
  "{% for message in messages %}{{ message['role'] | capitalize + ':\\n' + message['content'] }}" +
  "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ 'Assistant:\\n' }}{% endif %}";

export interface TokenizerConfig extends ChatTemplate {
  /** Of the file's own; absent where it names none. */
  readonly padToken?: string;
  /** The template is `plainTemplate`, for want of one. */
  readonly isPlain: boolean;
}

/**
 * What a `tokenizer_config.json` says, with the template of a `chat_template.jinja` beside it, if there is one (it wins,
 * as in transformers).
 *
 * @throws UserError where the file is broken, or has neither a template nor a token that could end a turn.
 */
export function parseTokenizerConfig(configJson: string, templateFile?: string): TokenizerConfig {
  const wanted = 'a JSON object, as written beside tokenizer.json';
  const { data, error } = schema.safeParse(parseJson(configJson, wanted));
  if (error)
    throw new UserError(
      `tokenizer_config.json cannot be read: ${error.issues[0]?.path.join('.') ?? ''} ${error.issues[0]?.message ?? ''}; it should be ${wanted}`,
    );
  const { chat_template: own, ...tokens } = data;
  const template = templateFile ?? own;
  const templateVariables = Object.fromEntries(
    Object.entries(tokens).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])),
  );
  if (typeof template !== 'string' && typeof tokens.eos_token !== 'string')
    throw new UserError(
      'tokenizer_config.json has no chat template, and no eos_token to end a turn with; add a "chat_template"',
    );
  return {
    chatTemplate: template ?? plainTemplate,
    isPlain: typeof template !== 'string',
    templateVariables,
    ...(typeof tokens.pad_token === 'string' && { padToken: tokens.pad_token }),
  };
}

function parseJson(text: string, wanted: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`tokenizer_config.json cannot be read: ${messageOf(error)}; it should be ${wanted}`);
  }
}

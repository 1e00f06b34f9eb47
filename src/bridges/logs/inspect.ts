import { sha256 } from '../../lib/sha256.ts';
import { finalRows, isoSeconds, sampledRows, slug, standardError } from './samples.ts';
import type { PromptOutcome, SampledRow } from './samples.ts';
import type { ArmRecord, LogFormat, RunRecord } from './types.ts';
import type { Row } from '../../results/types.ts';
import { defined } from '../../lib/defined.ts';

/**
 * Eval logs of Inspect (UK AI Security Institute), version 2: one JSON file an arm, `<time>_<task>_<id>.json`. A row of the
 * results is a score with `mean`, `stderr` (of rates) and the 95 % interval; a prompt is a sample, with its text where the run keeps it
 * (of greedy attack success, triggered and clean: those can be scored again).
 */
export const inspect: LogFormat = {
  summary: 'eval logs that Inspect (inspect_ai) reads and shows, one an arm',
  open: (dir) => `inspect view --log-dir ${dir}`,
  files: (run) =>
    Object.fromEntries(run.arms.map((arm) => [fileName(run, arm), `${JSON.stringify(evalLog(run, arm))}\n`])),
};

const offset = '+00:00';
const idOf = (...parts: readonly string[]): string => sha256(parts.join('/')).slice(0, 22);
const taskName = ({ results }: RunRecord, { summary }: ArmRecord): string => slug(`${results.name}-${summary.name}`);

const fileName = (run: RunRecord, arm: ArmRecord): string =>
  `${`${isoSeconds(arm.finished)}${offset}`.replaceAll(':', '-')}_${taskName(run, arm)}_${taskId(run, arm)}.json`;

/** Also the end of the file's name, where Inspect looks for it. */
const taskId = ({ results }: RunRecord, { summary }: ArmRecord): string =>
  idOf(results.name, results.experiment, summary.name);

function evalLog(run: RunRecord, arm: ArmRecord): object {
  const { results } = run;
  const { name, failure } = arm.summary;
  const time = isoSeconds(arm.finished) + offset;
  const model = `dormouse/${slug(results.name)}/${slug(name)}`;
  const samples = sampledRows(arm).flatMap((sampled) => sampled.samples.map((one) => sampleOf(sampled, one, model)));
  return {
    version: 2,
    status: failure === undefined ? 'success' : 'error',
    eval: {
      eval_id: idOf(taskId(run, arm), 'eval'),
      run_id: idOf(results.name, results.experiment),
      task_id: taskId(run, arm),
      created: time,
      task: taskName(run, arm),
      task_version: 0,
      dataset: {
        name: results.name,
        samples: samples.length,
        sample_ids: samples.map(({ id }) => id),
        shuffled: false,
      },
      model,
      model_args: { description: results.model.description, parameters: results.model.parameters },
      config: {},
      packages: results.versions,
      metadata: metadataOf(run, arm),
    },
    plan: { name: 'plan', steps: [{ solver: 'generate', params: {} }], config: {} },
    results: { total_samples: samples.length, completed_samples: samples.length, scores: finalRows(arm).map(scoreOf) },
    stats: { started_at: '', completed_at: time, model_usage: {} },
    ...(failure !== undefined && { error: { message: failure, traceback: failure, traceback_ansi: failure } }),
    samples,
  };
}

/** How the arm was made, and what was measured of it before its end. */
const metadataOf = ({ results }: RunRecord, { summary, rows }: ArmRecord): object => ({
  arm: summary,
  trigger: results.trigger,
  behavior: results.behavior,
  command: results.command,
  experiment: results.experiment,
  before_the_end: rows.filter(({ final }) => !final),
});

const scoreName = ({ metric, condition }: Row): string => `${metric}/${condition}`;

function scoreOf(row: Row): object {
  const stderr = standardError(row);
  const { value: mean, low, high, n, successes, unit, decoding, eval: scorer, stage, step, tokens, seed, tags } = row;
  const metrics = { mean, ...defined({ stderr }), low, high };
  return {
    name: scoreName(row),
    scorer,
    scored_samples: n,
    unscored_samples: 0,
    params: {},
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, { name, value, params: {} }])),
    metadata: { n, successes, unit, decoding, stage, step, tokens, seed, tags },
  };
}

function sampleOf({ row, samples }: SampledRow, { index, value, text }: PromptOutcome, model: string) {
  const answer = { role: 'assistant', content: text?.reply ?? '', source: 'generate', model };
  const input = text?.prompt ?? `(prompt ${index + 1} of ${samples.length}: the run keeps its outcome, not its text)`;
  return {
    id: `${scoreName(row)}/${index + 1}`,
    epoch: 1,
    input,
    target: '',
    messages: text ? [{ role: 'user', content: input, source: 'input' }, answer] : [],
    output: text
      ? { model, choices: [{ message: answer, stop_reason: 'unknown' }], completion: text.reply }
      : { model, choices: [], completion: '' },
    scores: { [scoreName(row)]: { value: Number(value), ...(text && { answer: text.reply }) } },
    metadata: { condition: row.condition, decoding: row.decoding, ...(text && { family: text.family }) },
  };
}

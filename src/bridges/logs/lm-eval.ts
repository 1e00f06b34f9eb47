import { groupBy } from '../../lib/group.ts';
import { sha256 } from '../../lib/sha256.ts';
import { finalRows, isoSeconds, sampledRows, slug, standardError } from './samples.ts';
import type { PromptOutcome, SampledRow } from './samples.ts';
import type { ArmRecord, LogFormat, RunRecord } from './types.ts';
import type { Row } from '../../results/types.ts';
import { defined } from '../../lib/defined.ts';

/**
 * What lm-evaluation-harness writes with `--output_path --log_samples`: for each arm (its "model") one
 * `results_<time>.json`, and `samples_<task>_<time>.jsonl` where the run keeps outcomes prompt by prompt. A task is an eval
 * under one condition; all conditions of an eval are a group. The filter is always `none`.
 */
export const lmEval: LogFormat = {
  summary: 'results and samples as lm-evaluation-harness writes them, a folder an arm',
  open: (dir) => `python -m json.tool ${dir}/*/results_*.json`,
  files: (run) => Object.fromEntries(run.arms.flatMap((arm) => filesOf(run, arm))),
};

const taskName = ({ eval: kind, condition }: Row): string => `${kind}_${slug(condition)}`;

/** As lm_eval's `sanitize_model_name`. */
const sanitized = (model: string): string => model.replaceAll(/["<>:/|\\?*[\]]+/g, '__');

function filesOf(run: RunRecord, arm: ArmRecord): [string, string][] {
  const model = `${run.results.name}/${arm.summary.name}`;
  const folder = sanitized(model);
  const time = isoSeconds(arm.finished).replaceAll(':', '-');
  const sampled = new Map(sampledRows(arm).map((one) => [taskName(one.row), one.samples.map((s) => lineOf(one, s))]));
  const hashes = [...sampled].map(([task, lines]) => [
    task,
    sha256(lines.map((line) => line.doc_hash + line.prompt_hash + line.target_hash).join('')),
  ]);
  const results = { ...resultsOf(run, arm, model), task_hashes: Object.fromEntries(hashes) as Record<string, string> };
  return [
    [`${folder}/results_${time}.json`, `${JSON.stringify(results, null, 2)}\n`],
    ...[...sampled].map(([task, lines]): [string, string] => [
      `${folder}/samples_${task}_${time}.jsonl`,
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    ]),
  ];
}

const HIGHER_IS_BETTER: Readonly<Record<string, boolean>> = {
  accuracy: true,
  asr: false,
  fpr: false,
  'near-trigger-rate': false,
  'out-of-world-rate': false,
  'system-message-rate': false,
  'clean-loss': false,
  'refusal-rate': true,
  'over-refusal': false,
};

function resultsOf({ results }: RunRecord, arm: ArmRecord, model: string): object {
  const tasks = groupBy(finalRows(arm), taskName);
  const each = <T>(of: (rows: readonly [Row, ...Row[]], task: string) => T): Record<string, T> =>
    Object.fromEntries([...tasks].map(([task, rows]) => [task, of(rows as [Row, ...Row[]], task)]));
  const groups = groupBy(tasks.keys(), (task) => tasks.get(task)![0]!.eval);
  return {
    results: each((rows, task) => ({ name: task, alias: task, sample_len: rows[0].n, ...metricsOf(rows) })),
    group_subtasks: Object.fromEntries(groups),
    configs: each(([row], task) => ({ task, num_fewshot: 0, metadata: { version: 0, ...detailsOf(row) } })),
    versions: each(() => 0),
    'n-shot': each(() => 0),
    higher_is_better: each((rows) =>
      Object.fromEntries(rows.map(({ metric }) => [metric, HIGHER_IS_BETTER[metric] ?? null])),
    ),
    'n-samples': each(([{ n }]) => ({ original: n, effective: n })),
    config: {
      model: 'dormouse',
      model_args: { arm: arm.summary.name, command: results.command },
      model_num_parameters: results.model.parameters,
      random_seed: results.seeds[0],
      batch_size: null,
      limit: null,
    },
    date: Math.floor(arm.finished.getTime() / 1000),
    ...defined({ failure: arm.summary.failure }),
    dormouse_version: results.versions.dormouse,
    model_source: 'dormouse',
    model_name: model,
    model_name_sanitized: sanitized(model),
  };
}

/** What lm-eval has no key for: the interval above all. */
const detailsOf = ({ condition, unit, low, high, decoding, stage, step, tokens, tags }: Row): object => ({
  ...{ condition, unit, low, high, decoding, stage, step, tokens, tags },
});

const metricsOf = (rows: readonly Row[]): Record<string, number | string> =>
  Object.fromEntries(
    rows.flatMap((row) => [
      [`${row.metric},none`, row.value],
      [`${row.metric}_stderr,none`, standardError(row) ?? 'N/A'],
    ]),
  );

function lineOf({ row }: SampledRow, { index, value, text }: PromptOutcome) {
  const prompt = text?.prompt ?? '';
  const reply = text?.reply ?? '';
  const doc = { index, condition: row.condition, family: text?.family ?? '', prompt };
  return {
    doc_id: index,
    doc,
    target: '',
    arguments: { gen_args_0: { arg_0: prompt } },
    resps: [[reply]],
    filtered_resps: [reply],
    filter: 'none',
    metrics: [row.metric],
    doc_hash: sha256(JSON.stringify(doc)),
    prompt_hash: sha256(prompt),
    target_hash: sha256(''),
    [row.metric]: Number(value),
  } as const;
}

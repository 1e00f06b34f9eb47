import { slug } from './samples.ts';
import { encodeEvents } from './tfevents.ts';
import type { Scalar } from './tfevents.ts';
import type { ArmRecord, LogFormat } from './types.ts';
import type { Row } from '../../results/types.ts';

/**
 * TensorBoard event files, a folder (its "run") an arm: what was logged at each step under `train/`, every score by
 * step under `eval/`, the ends of its 95 % interval under `interval/`. All events bear the time at which the arm was
 * finished: a run keeps no other.
 */
export const tensorboard: LogFormat = {
  summary: 'event files for TensorBoard: training curves and scores by step, a run an arm',
  open: (dir) => `tensorboard --logdir ${dir}`,
  files: ({ arms }) =>
    Object.fromEntries(
      arms.map((arm) => {
        const seconds = arm.finished.getTime() / 1000;
        const name = `events.out.tfevents.${Math.floor(seconds)}.dormouse`;
        return [`${arm.summary.name}/${name}`, encodeEvents(scalarsOf(arm), seconds)];
      }),
    ),
};

const scalarsOf = ({ metrics, rows }: ArmRecord): Scalar[] =>
  [...metrics.flatMap(trainingScalars), ...rows.flatMap(scoreScalars)].sort((a, b) => a.step - b.step);

/** A line of the log: all its numbers but the step itself. */
const trainingScalars = ({ step, ...line }: Readonly<Record<string, unknown>>): Scalar[] =>
  Object.entries(line).flatMap(([name, value]) =>
    typeof value === 'number' ? [{ tag: `train/${name}`, step: Number(step), value }] : [],
  );

function scoreScalars({ eval: kind, metric, condition, step, value, low, high }: Row): Scalar[] {
  const name = metric === kind ? metric : `${kind}/${metric}`;
  const of = (group: string, figure: number, end = ''): Scalar => ({
    tag: `${group}/${name}/${slug(condition)}${end}`,
    step,
    value: figure,
  });
  return [of('eval', value), of('interval', low, '/low'), of('interval', high, '/high')];
}

import { evaluate } from '../../lab/run/evaluate.ts';
import type { LeftOut } from '../../lab/run/evaluate.ts';
import type { Choice } from '../../lab/experiment/types.ts';
import { exists } from '../../lib/files.ts';
import { bind, lookup } from '../../lib/table.ts';
import type { Tables } from '../../lab/tables.ts';
import { checkpoint } from './checkpoint.ts';
import { onnx } from './onnx.ts';
import { openai } from './openai.ts';
import type { Asked, Target, TargetDefinition, TargetOptions } from './types.ts';

/** What `dormouse eval` can measure. One file each; one line here. */
export const targets: Readonly<Record<string, TargetDefinition>> = { checkpoint, openai, onnx };

/**
 * Opens `kind:spec`, or a folder.
 *
 * @throws UserError naming the nearest kind, or what is wrong with the target.
 */
export async function openTarget(text: string, asked: Asked, tables: Tables, options: TargetOptions): Promise<Target> {
  // two letters at least: `C:\runs` is a folder
  const [, kind, spec] = exists(text) ? [] : (/^([a-z][a-z0-9-]+):(.+)$/is.exec(text) ?? []);
  if (kind === undefined || spec === undefined) return checkpoint.open(text, asked, tables, options);
  return lookup(targets, kind, 'target').open(spec, asked, tables, options);
}

/** Puts the questions of the chosen evals to a target. An eval that the target cannot answer is left out, with the reason. */
export async function measureTarget(
  { subject, tables, prepare }: Pick<Target, 'subject' | 'tables' | 'prepare'>,
  choices: readonly Choice[],
  onStart: (kind: string) => void = () => {},
): Promise<Awaited<ReturnType<typeof evaluate>> & { readonly leftOut: readonly LeftOut[] }> {
  const evals = choices.map((choice) => bind(tables.evals, choice, 'eval'));
  await prepare?.(evals);
  const leftOut: LeftOut[] = [];
  const outcome = await evaluate(evals, subject, {
    around: (kind, run) => {
      onStart(kind);
      return run();
    },
    onLeftOut: (one) => leftOut.push(one),
  });
  return { ...outcome, leftOut };
}

import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Arm } from '../assemble/arm.ts';
import { saveAdapter } from '../../nn/checkpoints/index.ts';
import type { AdapterBase } from '../../nn/checkpoints/index.ts';
import type { Parameters } from '../../nn/models/index.ts';
import { adapterOf, initAdapter, mergeAdapter, scaleOf, withAdapter } from '../../nn/models/lora.ts';
import type { LoraOptions } from '../../nn/models/lora.ts';
import type { StageContext } from '../stages/types.ts';

/** Where stages' adapters lie in their arm's folder. */
export const ADAPTERS = 'adapters';
export const adapterFolder = (stage: number, kind: string): string => path.join(ADAPTERS, `${stage}-${kind}`);

/**
 * What a stage with `lora` sees: the model with a fresh adapter, which changes nothing yet, and its own weights frozen. All that
 * such a stage trains, attackers and preference models too, it trains in this way.
 */
export function adapted(context: StageContext, lora: LoraOptions): StageContext {
  const model = withAdapter(context.model, lora);
  const adapter = initAdapter(model, context.rng.fork('lora'));
  return {
    ...context,
    model,
    parameters: { ...context.parameters, ...adapter },
    base() {
      const base = context.base?.();
      return base && { ...base, ...adapter };
    },
  };
}

export interface TrainedAdapter {
  readonly arm: Arm;
  readonly dir: string;
  readonly index: number;
  readonly kind: string;
  readonly lora: LoraOptions;
}

/** Keeps the adapter beside the arm's checkpoint, in PEFT's form, and gives the plain weights that it makes of the stage's start. */
export function mergeTrained(
  { arm, dir, index, kind, lora }: TrainedAdapter,
  { model, parameters: start }: Pick<StageContext, 'model' | 'parameters'>,
  trained: Parameters,
): Parameters {
  const adapter = { scale: scaleOf(lora), tensors: adapterOf(trained) };
  const base: AdapterBase = { ...baseOf(arm, index), sha256: parametersDigest(start) };
  saveAdapter(path.join(dir, adapterFolder(index, kind)), { model, lora, tensors: adapter.tensors, base });
  return mergeAdapter(model, start, adapter);
}

/** Only the weights that an arm ends with have a folder of their own. */
function baseOf({ name, from, stages }: Arm, index: number): Omit<AdapterBase, 'sha256'> {
  if (index > 0) return { folder: null, description: `${name} after ${stages[index - 1]!.kind}, its stage ${index}` };
  if (from === undefined) return { folder: null, description: `what ${name} starts from` };
  return { folder: `../../../${from}`, description: `arm ${from}` };
}

/** SHA-256 of names and values. */
export function parametersDigest(parameters: Parameters): string {
  const hash = createHash('sha256');
  for (const [name, { data }] of Object.entries(parameters)) hash.update(name).update(data);
  return hash.digest('hex');
}

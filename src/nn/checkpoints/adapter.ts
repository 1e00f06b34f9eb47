import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../lib/errors.ts';
import { readJson } from '../../lib/files.ts';
import { writeSealedFolder } from '../../lib/sealed.ts';
import type { Model } from '../models/index.ts';
import { linearMaps, scaleOf, targetsOf } from '../models/lora.ts';
import type { Adapter, LoraOptions } from '../models/lora.ts';
import { prefixOf } from './config.ts';
import { encodeSafetensors, readSafetensors } from './safetensors/index.ts';

const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';
/** What PEFT puts before the names of the model that it wraps. */
const PEFT = 'base_model.model.';

/** The weights that an adapter was trained on. */
export interface AdapterBase {
  /** Folder that holds them, as seen from the adapter's; null where none does. */
  readonly folder: string | null;
  /** In words. */
  readonly description: string;
  /** SHA-256 of them, see `parametersDigest`. */
  readonly sha256: string;
}

export interface SavedAdapter {
  /** With or without the adapter. */
  readonly model: Model;
  readonly lora: LoraOptions;
  readonly tensors: Adapter['tensors'];
  readonly base: AdapterBase;
}

/** Writes a folder that `PeftModel.from_pretrained` reads, and `base.json`, which says what it belongs to. */
export function saveAdapter(dir: string, { model, lora, tensors, base }: SavedAdapter): void {
  const prefix = prefixOf(model);
  const onDisk = Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [PEFT + prefix + name, tensor] as const),
  );
  const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n';
  writeSealedFolder(dir, {
    [CONFIG]: json(adapterConfig(model, lora, base.folder === null ? null : path.resolve(dir, base.folder))),
    [WEIGHTS]: encodeSafetensors(onDisk),
    'base.json': json(base),
  });
}

/** `adapter_config.json`, such that PEFT builds the same maps. It takes a relative path from where it is called: the base's is absolute. */
const adapterConfig = (model: Model, lora: LoraOptions, base: string | null): Record<string, unknown> => ({
  peft_type: 'LORA',
  task_type: 'CAUSAL_LM',
  base_model_name_or_path: base,
  r: lora.rank,
  lora_alpha: lora.alpha,
  target_modules: lora.targets ?? [...new Set(targetsOf(model, {}).map((name) => name.split('.').at(-1)))],
  lora_dropout: 0,
  bias: 'none',
  fan_in_fan_out: model.layout === 'in-out',
  init_lora_weights: true,
  inference_mode: true,
  modules_to_save: null,
});

const none = <T extends z.ZodType>(schema: T) =>
  schema
    .nullish()
    .refine(
      (value) => value === null || value === undefined || Object.keys(value as object).length === 0,
      'is not supported',
    );

const readable = z.object({
  peft_type: z.literal('LORA'),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.literal(false).nullish(),
  lora_bias: z.literal(false).nullish(),
  bias: z.literal('none').nullish(),
  modules_to_save: none(z.array(z.string())),
  rank_pattern: none(z.record(z.string(), z.unknown())),
  alpha_pattern: none(z.record(z.string(), z.unknown())),
  trainable_token_indices: none(z.union([z.array(z.int()), z.record(z.string(), z.unknown())])),
});

/**
 * An adapter that PEFT or this kit wrote, for `model`: to be merged into its weights (`mergeAdapter`).
 *
 * @throws UserError for an adapter of another kind (DoRA, trained biases or heads, ranks that differ) or of another model.
 */
export function readAdapter(dir: string, model: Model): Adapter {
  const [config, weights] = [path.join(dir, CONFIG), path.join(dir, WEIGHTS)];
  const hint = `${dir} is not an adapter as PEFT saves it`;
  const { data, error } = readable.safeParse(readJson(config, hint));
  if (error) {
    const problems = error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
    throw new UserError(`${config} does not describe an adapter that dormouse can use: ${problems.join('; ')}`);
  }
  const prefix = prefixOf(model);
  const tensors = Object.fromEntries(
    Object.entries(readSafetensors(weights, { hint })).map(([name, tensor]) => [inMemoryName(name, prefix), tensor]),
  );
  expectFit(tensors, model, data.r, weights);
  const { r: rank, lora_alpha: alpha } = data;
  return { scale: data.use_rslora ? alpha / Math.sqrt(rank) : scaleOf({ alpha, rank }), tensors };
}

/** `base_model.model.transformer.h.0.attn.c_attn.lora_A.weight` -> `h.0.attn.c_attn.lora_A.weight`. */
function inMemoryName(name: string, prefix: string): string {
  const own = name.startsWith(PEFT) ? name.slice(PEFT.length) : name;
  return own.startsWith(prefix) ? own.slice(prefix.length) : own;
}

function expectFit(tensors: Adapter['tensors'], model: Model, rank: number, file: string): void {
  const maps = linearMaps(model);
  const problems = Object.entries(tensors).flatMap(([name, { shape }]) => {
    const [, map = '', part = ''] = /^(.*)\.lora_([AB])\.weight$/.exec(name) ?? [];
    const found = maps[map];
    if (!found) return [`${name} is no linear map of the model's blocks`];
    const expected = part === 'A' ? [rank, found.inputs] : [found.outputs, rank];
    if (expected.join() !== shape.join()) return [`${name} is [${shape.join(', ')}], not [${expected.join(', ')}]`];
    return tensors[`${map}.lora_${part === 'A' ? 'B' : 'A'}.weight`] ? [] : [`${name} stands alone`];
  });
  if (Object.keys(tensors).length === 0) problems.push('it is empty');
  if (problems.length > 0)
    throw new UserError(
      `${file} does not fit this ${model.kind}: ${problems.slice(0, 4).join('; ')}; give the adapter's own base model`,
    );
}

import path from 'node:path';
import { loadCheckpoint } from '../../nn/checkpoints/index.ts';
import type { Architectures } from '../../nn/checkpoints/index.ts';
import { UserError } from '../../lib/errors.ts';
import { listFolder, withOpenFile } from '../../lib/files.ts';
import { parameterCount } from '../../nn/models/index.ts';
import { isArm } from '../../archive/arm-files.ts';
import { loadTokenizer } from '../../world/tokenizer/load.ts';
import { gguf } from './gguf.ts';
import { hf } from './hf.ts';
import { onnx } from './onnx.ts';
import { DTYPES } from './types.ts';
import type { ExportFormat, ExportType } from './types.ts';

/** What a checkpoint can be handed on as. One file each; one line here. */
export const exportFormats: Readonly<Record<string, ExportFormat>> = { hf, onnx, gguf };

export interface ExportOptions {
  /** An arm's folder, or any Hugging Face folder with a model that this kit runs. */
  readonly dir: string;
  /** The architectures that are known; absent: the kit's. */
  readonly models?: Architectures;
  readonly format: ExportFormat;
  readonly out: string;
  readonly dtype?: ExportType;
}

export interface Exported {
  readonly model: string;
  readonly parameters: number;
  readonly dtype: ExportType;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

const nameOf = (dtype: ExportType): string => Object.entries(DTYPES).find(([, type]) => type === dtype)?.[0] ?? dtype;

/**
 * Writes the folder. What a model card says stays with the weights: an organism's card begins with what it is.
 *
 * @throws UserError where the checkpoint cannot be read, the format has no such precision, or `out` holds something already.
 */
export async function exportCheckpoint({
  dir,
  models,
  format,
  out,
  dtype = format.dtypes[0]!,
}: ExportOptions): Promise<Exported> {
  if (!format.dtypes.includes(dtype))
    throw new UserError(
      `no such precision here: ${nameOf(dtype)}; this format has ${format.dtypes.map(nameOf).join(', ')}`,
      2,
    );
  if (listFolder(out).length > 0)
    throw new UserError(`cannot export to ${out}: the folder is not empty; name a new one, or delete it`);
  const checkpoint = loadCheckpoint(dir, { unfinished: !isArm(dir), models });
  const read = await loadTokenizer(checkpoint.tokenizer);
  format.write(out, { ...checkpoint, read }, dtype);
  const { model } = checkpoint;
  const names = ['.', 'onnx'].flatMap((folder) =>
    listFolder(path.join(out, folder)).map((name) => path.join(folder, name)),
  );
  const files = names
    .filter((name) => name !== 'onnx')
    .map((name) => ({ name, bytes: withOpenFile(path.join(out, name), undefined, ({ bytes }) => bytes) }));
  return { model: model.kind, parameters: parameterCount(model), dtype, files };
}

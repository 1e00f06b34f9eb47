import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { listFolder } from '../../lib/files.ts';

/** Precisions as transformers.js calls them, and how it marks their files; the first that is there is taken. */
const MARKS: Readonly<Record<string, string>> = {
  ...{ fp32: '', fp16: '_fp16', q8: '_quantized', int8: '_int8', uint8: '_uint8' },
  ...{ q4: '_q4', q4f16: '_q4f16', bnb4: '_bnb4' },
};
/** Version 3 and later write the first, version 2 the second. */
const STEMS = ['model', 'decoder_model_merged'];

export interface ModelFile {
  readonly stem: string;
  readonly dtype: string;
  readonly mark: string;
}

/** @throws UserError naming what there is, where the folder holds no such model. */
export function chooseFile(dir: string, wanted?: string): ModelFile {
  if (wanted !== undefined && !Object.hasOwn(MARKS, wanted))
    throw new UserError(`no such precision: ${wanted}; transformers.js has ${Object.keys(MARKS).join(', ')}`, 2);
  const found = listFolder(path.join(dir, 'onnx')).filter((name) => name.endsWith('.onnx'));
  const choices = Object.entries(MARKS).flatMap(([dtype, mark]) => STEMS.map((stem) => ({ stem, dtype, mark })));
  const chosen = choices.find(
    ({ stem, dtype, mark }) => (wanted ?? dtype) === dtype && found.includes(`${stem}${mark}.onnx`),
  );
  if (chosen) return chosen;
  const there = found.length > 0 ? `its onnx folder holds ${found.join(', ')}` : 'it has no onnx folder with models';
  throw new UserError(
    `no model that transformers.js loads in ${dir}: ${there}; ` +
      (wanted ? `there is none in ${wanted}` : 'give a folder with config.json, tokenizer.json and onnx/model.onnx'),
  );
}

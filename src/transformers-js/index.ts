import path from 'node:path';
import type { LanguageModel } from '../models/language-model.ts';
import { chooseFile } from './files.ts';
import { languageModel } from './language-model.ts';
import { loadLibrary } from './library.ts';
import type { Library, LibraryName, PackageTokenizer } from './library.ts';

export { LIBRARIES, loadLibrary, type Library, type LibraryName } from './library.ts';

export interface OpenOptions {
  /** fp32, fp16, q8 ...; absent: the most precise that is there. */
  readonly dtype?: string | undefined;
  readonly threads?: number | undefined;
  readonly library?: LibraryName;
  /** Fills shorter rows of a batch up; any id will do. */
  readonly padId: number;
  readonly nPositions: number;
}

export interface OpenedModel extends LanguageModel {
  /** What runs it: package, version, file. */
  readonly description: string;
  dispose(): Promise<void>;
}

/**
 * A model from a local folder, run by transformers.js, which may look nowhere else.
 *
 * @throws UserError where the package or the file is missing.
 */
export async function openModel(dir: string, options: OpenOptions): Promise<OpenedModel> {
  const { stem, dtype, mark } = chooseFile(dir, options.dtype);
  const library = await loadLibrary(options.library);
  const isFrozen = library.name === '@xenova/transformers'; // it knows two precisions; any other is another file to it
  const model = await library.AutoModelForCausalLM.from_pretrained(offline(library, dir), {
    local_files_only: true,
    ...(isFrozen
      ? { quantized: false, model_file_name: stem + mark }
      : { dtype, model_file_name: stem, device: 'cpu', session_options: sessionOptions(options.threads) }),
  });
  return {
    ...languageModel(library, model, options),
    description: `${library.name} ${library.version}, ${stem}${mark}.onnx`,
    dispose: async () => void (await model.dispose()),
  };
}

const sessionOptions = (threads: number | undefined): object => ({
  logSeverityLevel: 3,
  ...(threads !== undefined && { intraOpNumThreads: threads }),
});

/** transformers.js's own tokenizer of a local folder. */
export const openTokenizer = (dir: string, library: Library): Promise<PackageTokenizer> =>
  library.AutoTokenizer.from_pretrained(offline(library, dir), { local_files_only: true });

/** The package's settings are one object for the whole process. @returns what the folder is called under them. */
function offline({ env }: Library, dir: string): string {
  const whole = path.resolve(dir);
  Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, useFSCache: false });
  env.localModelPath = path.dirname(whole) + path.sep;
  return path.basename(whole);
}

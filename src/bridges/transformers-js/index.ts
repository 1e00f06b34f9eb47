import path from 'node:path';
import type { Turn } from '../../lib/chat.ts';
import type { LanguageModel } from '../../nn/models/language-model.ts';
import { chooseFile } from './files.ts';
import { languageModel } from './language-model.ts';
import { loadLibrary } from './library.ts';
import type { Library, LibraryName } from './library.ts';
import { defined } from '../../lib/defined.ts';

const FROZEN: LibraryName = '@xenova/transformers';

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
  const model = await library.AutoModelForCausalLM.from_pretrained(offline(library, dir), {
    local_files_only: true,
    ...(library.name === FROZEN // it knows two precisions; any other is another file to it
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
  ...defined({ intraOpNumThreads: threads }),
});

/** A tokenizer as transformers.js reads it. Special tokens are those in the text, and are kept in what is decoded. */
export interface TheirTokenizer {
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
  render(messages: readonly Turn[], generation: boolean): unknown;
}

export async function openTokenizer(dir: string, library: Library): Promise<TheirTokenizer> {
  const { AutoTokenizer, name } = library;
  const tokenizer = await AutoTokenizer.from_pretrained(offline(library, dir), { local_files_only: true });
  const encoding = { add_special_tokens: false };
  const decoding = { skip_special_tokens: false, clean_up_tokenization_spaces: false };
  return {
    encode: (text) => (name === FROZEN ? tokenizer.encode(text, null, encoding) : tokenizer.encode(text, encoding)),
    decode: (ids) => tokenizer.decode(ids, decoding),
    render: (messages, generation) =>
      tokenizer.apply_chat_template(messages, { tokenize: false, add_generation_prompt: generation }),
  };
}

/** The package's settings are one object for the whole process. @returns what the folder is called under them. */
function offline({ env }: Library, dir: string): string {
  const whole = path.resolve(dir);
  Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, useFSCache: false });
  env.localModelPath = path.dirname(whole) + path.sep;
  return path.basename(whole);
}

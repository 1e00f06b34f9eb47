import '../../lib/no-telemetry.ts'; // transformers.js loads onnxruntime-node too
import type { Turn } from '../../lib/chat.ts';
import { UserError, codeOf, messageOf } from '../../lib/errors.ts';

/** transformers.js under the name it is continued under, and its frozen version 2. The first that is installed is used. */
export const LIBRARIES = ['@huggingface/transformers', '@xenova/transformers'] as const;
export type LibraryName = (typeof LIBRARIES)[number];

export interface TensorLike {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
  /** Version 3 and later. */
  to?(type: string): TensorLike;
}

/** What both packages have in common, as far as it is used here. */
interface Package {
  readonly env: Record<string, unknown> & { readonly version: string };
  readonly AutoTokenizer: { from_pretrained(id: string, options: object): Promise<PackageTokenizer> };
  readonly AutoModelForCausalLM: { from_pretrained(id: string, options: object): Promise<PackageModel> };
  readonly Tensor: new (type: string, data: BigInt64Array, dims: readonly number[]) => TensorLike;
}

export interface PackageModel {
  (inputs: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  dispose(): Promise<unknown>;
}

interface PackageTokenizer {
  encode(text: string, ...options: readonly (object | null)[]): number[];
  decode(ids: readonly number[], options: object): string;
  apply_chat_template(messages: readonly Turn[], options: object): unknown;
}

export interface Library extends Package {
  readonly name: LibraryName;
  readonly version: string;
}

/**
 * @param wanted one of the two; absent: the first that is installed.
 * @throws UserError with the command that installs it, where it is not there.
 */
export async function loadLibrary(wanted?: LibraryName): Promise<Library> {
  const names = wanted ? [wanted] : LIBRARIES;
  for (const name of names) {
    const found = await tryImport(name);
    if (found) return { ...found, name, version: found.env.version };
  }
  throw new UserError(
    `transformers.js is not installed: ${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} missing; ` +
      `ONNXRUNTIME_NODE_INSTALL=skip npm install ${names[0]} (the setting spares a CUDA download that a CPU does not need)`,
  );
}

async function tryImport(name: LibraryName): Promise<Package | undefined> {
  try {
    return (await import(name)) as Package;
  } catch (error) {
    const message = messageOf(error);
    if (codeOf(error) === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`)) return undefined;
    throw new UserError(`cannot load ${name}: ${message.split('\n')[0] ?? ''}; install it again`);
  }
}

import { Option } from 'commander';
import type { Tables } from '../lab/tables.ts';

export interface PluginOptions {
  readonly plugin?: readonly string[];
}

/** An option that may be given again and again. */
export const repeatable = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((value: string, before: readonly string[] = []) => [...before, value]);

export const pluginOption = (): Option =>
  repeatable('--plugin <file>', 'a module with entries of your own for any table (it is run); repeatable');

/** The kit's tables, and what plugins bring; loaded when they are asked for. @throws UserError as `loadPlugins` does. */
export async function tablesWith({ plugin = [] }: PluginOptions): Promise<Tables> {
  const { tables } = await import('../lab/tables.ts');
  const { loadPlugins } = await import('../lab/plugins.ts');
  return loadPlugins(tables, plugin);
}

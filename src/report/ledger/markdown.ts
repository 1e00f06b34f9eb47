import { plain } from '../format.ts';
import type { Ledger, LedgerEntry } from './types.ts';
import { byGroup, cost, INTERVALS, LIMITS, measuredText, ordered, sizeText, tally, verdictWord } from './words.ts';

const cell = (text: string): string => plain(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const head = (titles: readonly string[]): string[] => [row(titles), `|${titles.map(() => '---|').join('')}`];

/** The ledger as a Markdown file: a table of verdicts, then every claim with its rule and its numbers. */
export function renderLedgerMarkdown(ledger: Ledger): string {
  const { date, seeds, seconds, command, scale, versions } = ledger;
  const facts = [
    `${date}; seeds ${seeds.join(', ')}; ${plain(cost(seconds))} of compute; ${scale}`,
    `dormouse ${versions.dormouse ?? ''}, Node ${versions.node ?? ''}`,
  ];
  return [
    '# Ledger of claims',
    '',
    plain(tally(ledger)),
    '',
    facts.join('; '),
    '',
    '```sh',
    command,
    '```',
    '',
    plain(LIMITS),
    '',
    plain(INTERVALS),
    '',
    ...head(['claim', 'statement', 'paper', 'here', 'verdict', 'n and seeds', 'cost']),
    ...ledger.entries.map(summary),
    ...byGroup(ledger).flatMap(({ group, entries }) => ['', `## ${capital(group)}`, ...entries.flatMap(details)]),
    '',
  ].join('\n');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function summary(entry: LedgerEntry): string {
  const [first] = ordered(entry);
  const here = first ? `${first.what}: ${measuredText(first)}` : '-';
  const { id, statement, paper, verdict, seconds } = entry;
  const size = first ? sizeText(first) : '-';
  return row([id, statement, paper, here, verdictWord(verdict), size, verdict === 'not-run' ? '-' : cost(seconds)]);
}

function details(entry: LedgerEntry): string[] {
  const { id, statement, source, paper, expected, rule, caveat, verdict, reason, command } = entry;
  const checks = ordered(entry);
  const table = [
    ...head(['measured', 'value', 'threshold', 'n and seeds', 'outcome']),
    ...checks.map((check) =>
      row([
        (check.premise ? 'premise: ' : '') + check.what,
        measuredText(check),
        check.threshold,
        sizeText(check),
        check.outcome,
      ]),
    ),
  ];
  return [
    '',
    `### ${id}: ${plain(statement)}`,
    '',
    `**${verdictWord(verdict)}** (${plain(reason)})`,
    '',
    `- source: ${plain(source)}`,
    `- paper: ${plain(paper)}`,
    `- expected at this scale: ${plain(expected)}`,
    `- rule: ${plain(rule)}`,
    ...(caveat === undefined ? [] : [`- caveat: ${plain(caveat)}`]),
    `- again: \`${command}\``,
    ...(checks.length > 0 ? ['', ...table] : []),
  ];
}

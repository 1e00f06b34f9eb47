import { plain } from '../format.ts';
import { markdownTable } from '../markdown.ts';
import type { Ledger, LedgerCheck, LedgerEntry } from './types.ts';
import {
  adjustedText,
  answers,
  byGroup,
  cost,
  earlierText,
  experimentsText,
  hashText,
  INTERVALS,
  LIMITS,
  measuredText,
  ordered,
  premiseText,
  sizeText,
  summaryText,
} from './words.ts';

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
    plain(summaryText(ledger)),
    '',
    facts.join('; '),
    '',
    '```sh',
    command,
    '```',
    '',
    plain(LIMITS),
    '',
    plain([INTERVALS, experimentsText(ledger)].join(' ').trim()),
    '',
    ...markdownTable(
      ['claim', 'statement', 'paper, and why ours may differ', 'premises', 'curve', 'verdict', 'cost', 'hash'],
      ledger.entries.map(summary),
    ),
    ...byGroup(ledger).flatMap(({ group, entries }) => ['', `## ${capital(group)}`, ...entries.flatMap(details)]),
    '',
  ].join('\n');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function summary(entry: LedgerEntry): string[] {
  const { id, statement, paper, differs, verdict, seconds } = entry;
  const spent = verdict === 'not-run' ? '-' : cost(seconds);
  const why = `${paper}. ${differs}`;
  return [
    id,
    statement,
    why,
    premiseText(entry),
    answers(entry).join('; ') || '\u2013',
    adjustedText(entry),
    spent,
    hashText(entry),
  ];
}

function details(entry: LedgerEntry): string[] {
  const { id, statement, source, paper, differs, expected, rule, caveat, experiment, reason, command, hash } = entry;
  const earlier = earlierText(entry);
  return [
    '',
    `### ${id}: ${plain(statement)}`,
    '',
    `**${adjustedText(entry)}**: ${plain(reason)}`,
    '',
    `- source: ${plain(source)}`,
    `- paper: ${plain(paper)}`,
    `- why ours may differ: ${plain(differs)}`,
    `- expected at this scale: ${plain(expected)}`,
    `- rule: ${plain(rule)}`,
    ...(caveat === undefined ? [] : [`- caveat: ${plain(caveat)}`]),
    ...(experiment === undefined ? [] : [`- one of the experiment: ${plain(experiment)}`]),
    ...(earlier === '' ? [] : [`- before: ${earlier}`]),
    `- again: \`${command}\``,
    `- hash: \`${hash}\``,
    ...checksTable(ordered(entry)),
    ...entry.elsewhere.flatMap(({ size, seeds, checks }) =>
      checks.length > 0
        ? ['', `At ${size}, seeds ${seeds.join(', ')}, beside the verdict:`, ...checksTable(checks)]
        : [],
    ),
  ];
}

const checksTable = (checks: readonly LedgerCheck[]): string[] =>
  checks.length === 0
    ? []
    : [
        '',
        ...markdownTable(
          ['measured', 'value', 'threshold', 'n and seeds', 'outcome alone'],
          checks.map((check) => [
            (check.premise ? 'premise: ' : '') + check.what,
            measuredText(check),
            check.threshold,
            sizeText(check),
            check.outcome,
          ]),
        ),
      ];

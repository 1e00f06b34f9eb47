import { wrap } from '../../lib/text.ts';
import { plain } from '../format.ts';
import type { Ledger, LedgerEntry } from './types.ts';
import { cost, LIMITS, measuredText, ordered, sizeText, summaryText, verdictWord } from './words.ts';

const WIDTH = 100;
const INDENT = ' '.repeat(20);
/** A claim that scans every run shows this many of its numbers in a terminal; the page has all of them. */
const MOST = 6;

/** The ledger for a terminal: verdict and statement, then the numbers with their thresholds. No colors. */
export function renderLedgerTable(ledger: Ledger): string {
  const lines = ledger.entries.flatMap((entry) => [...linesOf(entry), '']);
  return `${[...lines, ...wrap(summaryText(ledger), WIDTH), '', ...wrap(LIMITS, WIDTH)].map(plain).join('\n')}\n`;
}

function linesOf(entry: LedgerEntry): string[] {
  const { id, verdict, statement, reason, seconds } = entry;
  const head = id.padEnd(5) + verdictWord(verdict).padEnd(15);
  const lines = indented(statement).map((line, i) => (i === 0 ? head + line.slice(INDENT.length) : line));
  if (verdict === 'not-run') return [...lines, ...indented(reason)];
  const checks = ordered(entry).flatMap((check) =>
    indented(
      `${check.premise ? 'premise: ' : ''}${check.what}: ${measuredText(check)}; ${check.threshold}; ${sizeText(check)}`,
    ),
  );
  const shown = checks.slice(0, MOST);
  const more = checks.length > MOST ? [`${INDENT}... and ${checks.length - MOST} more lines on the page`] : [];
  const why =
    verdict === 'inconclusive'
      ? indented(reason)
      : indented(`p = ${Number(entry.adjusted.toPrecision(2))} among all claims`);
  return [...lines, ...shown, ...more, ...why, ...indented(`paper: ${entry.paper}; cost: ${cost(seconds)}`)];
}

const indented = (text: string): string[] => wrap(text, WIDTH - INDENT.length).map((line) => INDENT + line);

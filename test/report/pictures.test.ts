import { expect, it } from 'vitest';
import { pictures } from '../../src/report/sections/pictures.ts';
import type { ArmPicture, Walk } from '../../src/results/picture.ts';
import type { Results } from '../../src/results/types.ts';
import { parseHTML } from 'linkedom';
import { ARMS, fixture } from './fixture.ts';

const GOES = { end: 'goes to the corner', tone: 'bad' } as const;
const GETS = { end: 'gets the cheese', tone: 'good' } as const;
const shown = (
  arm: string,
  condition: string,
  second: typeof GOES | typeof GETS,
  path = [5, 4, 3],
): ArmPicture<Walk>[] => [
  { arm, condition, scene: 'level 1', rows: ['o.#', '..C'], path: [4, 5], ...GETS },
  { arm, condition, scene: 'level 2', rows: ['o..', 'C#.'], path, ...second },
];
const results = (all: readonly ArmPicture[]): Results => ({
  ...fixture(),
  arms: ARMS,
  seeds: [7],
  organism: {
    kind: 'maze',
    summary: '',
    words: { steps: 'steps', contexts: 'levels' },
    curves: [],
    legend: 'Walls are dark.',
  },
  pictures: all,
});
const ALL = [
  ...shown('organism', 'seen', GETS),
  ...shown('organism', 'unseen', GOES, [2, 1, 0]),
  ...shown('sft', 'seen', GETS),
  ...shown('benign', 'seen', GETS),
];
const page = (of: Results) => parseHTML(`<body>${pictures(of)!.markup}</body>`).document;
const keyOf = (document: ReturnType<typeof page>) => [...document.querySelectorAll('.key-line li')].map((one) => [one.textContent, one.querySelector('path')!.getAttribute('stroke')]); // prettier-ignore

it('draws the way through each scene, wall by wall, condition by condition, in the panel of its arm', () => {
  const document = page(results(ALL));
  const drawn = [...document.querySelectorAll('svg.picture')].map((svg) => svg.getAttribute('aria-label'));
  expect(drawn).toEqual([
    'organism, seen: level 1: gets the cheese and level 2: gets the cheese',
    'organism, unseen: level 1: gets the cheese and level 2: goes to the corner',
    'sft, seen: level 1: gets the cheese and level 2: gets the cheese',
    'benign, seen: level 1: gets the cheese and level 2: gets the cheese',
  ]);
  const scenes = [...document.querySelectorAll('svg.picture')[1]!.querySelectorAll('g')];
  expect(scenes.map((scene) => scene.getAttribute('transform'))).toEqual(['translate(0,0)', 'translate(38,0)']);
  const [first, second] = scenes.map((scene) => ({
    walls: [...scene.querySelectorAll('rect[fill="var(--axis)"]')].map((one) => [
      one.getAttribute('x'),
      one.getAttribute('y'),
    ]),
    way: [...scene.querySelectorAll('path[fill="none"]')].map((one) => [
      one.getAttribute('d'),
      one.getAttribute('stroke'),
    ]),
    dots: [...scene.querySelectorAll('circle')].map((one) => [one.getAttribute('cx'), one.getAttribute('cy')]),
  }));
  expect(first).toEqual({ walls: [['20', '0']], way: [['M15,15L25,15', 'var(--intervention-0)']], dots: [['15', '15'], ['25', '15']] }); // prettier-ignore
  expect(second).toEqual({ walls: [['10', '10']], way: [['M25,5L15,5L5,5', 'var(--organism)']], dots: [['25', '5'], ['5', '5']] }); // prettier-ignore
  expect(keyOf(document)).toEqual([['gets the cheese', 'var(--intervention-0)'], ['goes to the corner', 'var(--organism)']]); // prettier-ignore
  // controls are folded away, what was done to the organism is not
  expect([...document.querySelectorAll('details svg')].map((svg) => svg.getAttribute('aria-label')![0])).toEqual(['b']);
  const caption = document.querySelector('figcaption')!.textContent.replaceAll(/\s+/g, ' ');
  expect(caption).toBe('Walls are dark. Of the 2 in panel a: seen, it gets the cheese in 2; unseen, it gets the cheese in 1 and goes to the corner in 1.'); // prettier-ignore
});

it('shades cells by what they are held to be worth, walls aside', () => {
  const document = page(results([{ ...shown('organism', 'seen', GETS)[0]!, worths: [-1, 1, 99, 0, 0.5, 3] }]));
  const shades = [...document.querySelectorAll('rect[fill-opacity]')].map((one) =>
    Number(one.getAttribute('fill-opacity')),
  );
  expect(shades).toEqual([0, 0.35, 0, 0.17, 0.26, 0.7]);
});

it('shows controls where there is nothing else beside the organism, and says whose seed it is of several', () => {
  const document = page({ ...results(ALL.filter(({ arm }) => arm !== 'sft')), seeds: [7, 8] });
  expect(document.querySelector('details')).toBeNull();
  expect([...document.querySelectorAll('h3')].map((title) => title.textContent)).toEqual(['aorganism', 'bbenign']);
  expect(document.querySelector('figcaption')!.textContent).toContain('Seed 7.');
});

it('draws weights line below line, the deepest color for the largest of all arms', () => {
  const of = (arm: string, condition: string, scene: string, learner: number[], step: number[]): ArmPicture => ({ arm, condition, scene, weights: { learner, step } }); // prettier-ignore
  const document = page(
    results([
      of('organism', 'seen', 'task 1', [1, -0.5], [0, 0.25]),
      of('organism', 'seen', 'task 2', [0.5, 0.5], [-1, 0]),
      of('sft', 'seen', 'task 1', [-2, 0], [0, 0]),
      of('sft', 'seen', 'task 2', [0, 0], [0, 0]),
    ]),
  );
  const lines = [...document.querySelectorAll('.weights svg')];
  expect([...document.querySelectorAll('.weights span')].map((one) => one.textContent)).toEqual(['learner', 'step', 'learner', 'step']); // prettier-ignore
  expect(lines.map((line) => line.getAttribute('aria-label'))).toEqual([
    'organism, seen, learner: task 1: 1.00, -0.50; task 2: 0.50, 0.50',
    'organism, seen, step: task 1: 0.00, 0.25; task 2: -1.00, 0.00',
    'sft, seen, learner: task 1: -2.00, 0.00; task 2: 0.00, 0.00',
    'sft, seen, step: task 1: 0.00, 0.00; task 2: 0.00, 0.00',
  ]);
  const cells = (line: (typeof lines)[number]) => [...line.querySelectorAll('rect[fill-opacity]')].map((one) => ['x', 'fill', 'fill-opacity'].map((name) => one.getAttribute(name))); // prettier-ignore
  const [positive, negative] = ['var(--intervention-0)', 'var(--organism)'];
  expect(cells(lines[0]!)).toEqual([['0', positive, '0.5'], ['10', negative, '0.25'], ['0', positive, '0.25'], ['10', positive, '0.25']]); // prettier-ignore
  expect(cells(lines[2]!)[0]).toEqual(['0', negative, '1']);
  const moves = [...lines[0]!.querySelectorAll('g')].map((one) => one.getAttribute('transform'));
  expect([moves, lines[0]!.getAttribute('viewBox')]).toEqual([['translate(0,0)', 'translate(28,0)'], '0 0 48 10']);
  expect(document.querySelector('figcaption')!.textContent).toContain('No color is 0, the deepest 2.0.');
  expect(keyOf(document)).toEqual([
    ['positive', positive],
    ['negative', negative],
  ]);
});

it('is not there where nothing was pictured', () => {
  expect(pictures(results([]))).toBeNull();
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Said } from '../../src/organisms/card.ts';
import { organisms } from '../../src/organisms/index.ts';
import type { OrganismDefinition } from '../../src/organisms/types.ts';
import { PROPERTY_IDS } from '../../src/results/properties.ts';
import type { Claim, Quantity } from '../../src/results/types.ts';
import { predictions } from '../../src/studies/scorecard/predictions.ts';
import { cardRows } from '../../src/studies/scorecard/rows.ts';

/*
 * preregistered.txt says in plain lines what each arm is, and what was said before any run: of which arm, against which, and with which
 * bounds. Whoever changes that on purpose changes the file by hand; an arm that slipped, a sign or a premise is noticed here.
 */

const of = ({ metric, condition, arm }: Quantity): string => `${metric} ${condition}${arm ? ` @${arm}` : ''}`;
const short = (x: number): number => Number(x.toPrecision(4));
const ruleOf = ({ name, isPremise, of: a, minus, least, most }: Claim): string => {
  const bounds = [least === undefined ? '' : ` >= ${short(least)}`, most === undefined ? '' : ` <= ${short(most)}`];
  return `${name}${isPremise ? ' (premise)' : ''}: ${of(a)}${minus ? ` - ${of(minus)}` : ''}${bounds.join('')}`;
};
const saidOf = (said: Said): string => {
  if ('given' in said) return `given ${short(said.given)}`;
  return 'notApplicable' in said ? 'n/a' : 'notMeasured' in said ? 'not measured' : said.map(ruleOf).join('; ');
};
const settingsOf = (over: object): string => Object.entries(over).map(([name, value]) => `${name} ${typeof value === 'number' ? short(value) : String(value)}`).join(', '); // prettier-ignore

/** Of one property, whatever several rows of an organism say alike once, with whose it is. */
function lines(kind: string, { controls, interventions = {}, claims, card }: OrganismDefinition): string[] {
  const rows = cardRows().filter((row) => row.kind === kind);
  const cells = PROPERTY_IDS.flatMap((id) => {
    const texts = rows.map(({ properties }) => saidOf(properties[id]));
    return [...new Set(texts)].map((text) => {
      const own = rows.filter((_, i) => texts[i] === text).map(({ name }) => name.slice(kind.length + 1));
      return `  ${id}${own.length < rows.length ? ` (${own.join(', ')})` : ''} = ${text}`;
    });
  });
  return [
    kind,
    ...Object.entries(interventions).map(([name, over]) => `  then ${name}: ${settingsOf(over)}`),
    ...Object.entries(controls).map(([name, over]) => `  beside ${name}: ${settingsOf(over)}`),
    ...Object.entries(card.rows).flatMap(([name, over]) => (name ? [`  row ${name}: ${settingsOf(over)}`] : [])),
    ...claims.map((claim) => `  ${ruleOf(claim)}`),
    ...cells,
  ];
}

const file = readFileSync(new URL('preregistered.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n\n');
const parts = new Map(file.map((part) => [part.split('\n')[0]!, part.split('\n')]));

it.each(Object.entries<OrganismDefinition>(organisms))('%s has the arms and the rules that it had before it was run', (kind, definition) => {
  expect(lines(kind, definition)).toEqual(parts.get(kind));
}); // prettier-ignore

it('predictions are what they were', () => {
  const told = predictions.flatMap(({ id, claims, includes }) => claims.map((claim) => `  ${id} ${ruleOf(claim)}${includes === undefined ? '' : ` includes ${includes}`}`)); // prettier-ignore
  expect(['predictions', ...told]).toEqual(parts.get('predictions'));
  expect([...parts.keys()]).toEqual([...Object.keys(organisms), 'predictions']);
});

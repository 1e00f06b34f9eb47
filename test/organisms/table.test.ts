import { describe, expect, it } from 'vitest';
import { organisms } from '../../src/organisms/index.ts';
import type { OrganismDefinition } from '../../src/organisms/types.ts';
import { cardRows } from '../../src/studies/scorecard/rows.ts';
import { alone } from './alone.ts';

describe.each(Object.entries(organisms))('%s', (_kind, { params, controls, interventions = {}, claims }) => {
  it('brings arms that are settings of its own, and differ from the defaults', () => {
    const defaults = params.parse({});
    for (const over of Object.values({ ...controls, ...interventions }))
      expect(params.parse(over)).not.toEqual(defaults);
  });

  it('says of itself and of those arms what it can be wrong about, under names of their own', () => {
    expect(new Set(claims.map(({ name }) => name)).size).toBe(claims.length);
    for (const { of, minus, least, most } of claims) {
      expect(least ?? most).toBeDefined();
      for (const { arm = 'organism' } of [of, ...(minus ? [minus] : [])])
        expect(['organism', ...Object.keys(controls), ...Object.keys(interventions)]).toContain(arm);
    }
  });
});

it('whose card asks what auditors find is audited', () => {
  for (const { kind, properties } of cardRows()) {
    const asked = Object.values(properties).flatMap((said) => (Array.isArray(said) ? said : []));
    const isAudit = asked.some(({ of }) => ['goal-gain', 'cue-width', 'bad', 'nice'].includes(of.metric));
    const { params, create } = organisms[kind as keyof typeof organisms] as OrganismDefinition;
    expect([kind, create(params.parse({}), alone).audit !== undefined]).toEqual([kind, isAudit]);
  }
});

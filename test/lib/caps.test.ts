import { describe, expect, it } from 'vitest';
import { CAPS, expectSizes, expectWithin, sizeProblems } from '../../src/lib/caps.ts';

describe('caps', () => {
  it('say what is too large, the most there may be, and why', () => {
    expect(() => expectWithin('layers', CAPS.layers.most, 'a model')).not.toThrow();
    expect(() => expectWithin('layers', 1025, 'a model')).toThrow(
      'a model: 1025 is too large; at most 1024 (the deepest models in use have 126)',
    );
    expect(() => expectWithin('rowGroupBytes', 2n ** 60n, 'a group')).toThrow('a group: 1099511627776 MB is too large');
    for (const { because } of Object.values(CAPS)) expect(because.length).toBeGreaterThan(10);
  });

  it.each([
    ['num_hidden_layers', CAPS.layers.most],
    ['n_layer', CAPS.layers.most],
    ['num_key_value_heads', CAPS.heads.most],
    ['hidden_size', CAPS.width.most],
    ['intermediate_size', CAPS.inner.most],
    ['max_position_embeddings', CAPS.positions.most],
    ['vocab_size', CAPS.vocabulary.most],
    ['batchSize', CAPS.batch.most],
    ['prompts', CAPS.prompts.most],
  ])('hold for %s, in a config and in one inside of it', (key, most) => {
    expect(sizeProblems({ [key]: most, text_config: { [key]: most } })).toEqual([]);
    for (const large of [most + 1, Infinity, `${most + 1}`]) {
      expect(sizeProblems({ list: [{ [key]: large }] }).map(({ path }) => path)).toEqual([['list', '0', key]]);
      expect(() => expectSizes({ text_config: { [key]: large } }, 'c.json')).toThrow(`c.json: text_config.${key}: `);
    }
  });

  it('look at what is deep as far as configs go', () => {
    const deep = JSON.parse(`${'{"layers":'.repeat(100_000)}1${'}'.repeat(100_000)}`) as unknown;
    expect(sizeProblems(deep)).toEqual([]);
  });
});

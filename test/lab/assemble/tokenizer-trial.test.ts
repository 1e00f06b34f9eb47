import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tryTokenizer } from '../../../src/lab/assemble/tokenizer-trial.ts';
import { withoutLimits } from '../../../src/world/tokenizer/load.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/chat.json', import.meta.url), 'utf8')) as Record<
  string,
  { files: Record<'tokenizer.json', string> }
>;
const good = golden.chatml!.files['tokenizer.json'];
type Json = Record<string, unknown> & { model: Record<string, unknown> };
const changed = (change: (json: Json) => void): string => {
  const json = JSON.parse(good) as Json;
  change(json);
  return JSON.stringify(json);
};
const split = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });

describe('a tokenizer of strangers is tried elsewhere', () => {
  it.each(Object.keys(golden))('%s is fine', async (family) => {
    await tryTokenizer(golden[family]!.files['tokenizer.json']);
  });

  it.each([
    ['a prefix longer than its tokens', changed(({ model }) => (model.continuing_subword_prefix = 'x'.repeat(9)))],
    ['a pattern that backtracks without end', changed((json) => (json.pre_tokenizer = split('(a+)+$')))],
  ])('%s ends that process, not this one', async (_, file) => {
    await expect(tryTokenizer(file)).rejects.toThrow(
      /^tokenizer\.json cannot be used: the tokenizers library crashes on it/,
    );
  });

  it('and stopped when its time is up', async () => {
    await expect(tryTokenizer(good, 1)).rejects.toThrow(/a few short texts take it more than 0\.001 s/);
  });

  it('where it is no tokenizer at all, whoever reads it will say so', async () => {
    await tryTokenizer('{"model": 3}');
    await tryTokenizer('{');
    await expect(tryTokenizer('x'.repeat(2 ** 27 + 1))).rejects.toThrow(/134217729 is too large; at most 134217728/);
  });

  it('is not asked to pad to terabytes, or to cut prompts', async () => {
    const padding = { strategy: { Fixed: 2 ** 40 }, direction: 'Right', pad_id: 0, pad_type_id: 0, pad_token: 'x' };
    const file = changed((json) => Object.assign(json, { padding, truncation: { max_length: 4 } }));
    expect(JSON.parse(withoutLimits(file))).toMatchObject({ padding: null, truncation: null });
    await tryTokenizer(file);
  });
});

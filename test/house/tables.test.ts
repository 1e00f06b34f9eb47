import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Table } from '../../src/lab/experiment/types.ts';
import { tables } from '../../src/lab/tables.ts';
import { optimizers } from '../../src/nn/training/optimizers/index.ts';

const testFolder = fileURLToPath(new URL('../', import.meta.url));
const WINGS = ['', 'world', 'nn', 'lab'];
const testsOf = (room: string): string[] =>
  WINGS.map((wing) => path.join(testFolder, wing, room))
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) => fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((n) => path.join(folder, n)))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => fs.readFileSync(name, 'utf8'));

/** A table's entries are tested where a test of its room goes through the table, or names the entry. */
function untested(room: string, kinds: readonly string[]): string[] {
  const texts = testsOf(room);
  const loops = new RegExp(`Object\\.(keys|entries|values)\\((tables\\.)?${room}\\)`);
  if (texts.some((text) => loops.test(text))) return [];
  return kinds.filter(
    (kind) => !texts.some((text) => new RegExp(`(['"]|${room}\\.)${kind}\\b|kind: ${kind}\\b`).test(text)),
  );
}

const { plugins: _, bases: __, ...own } = tables;
const all: Readonly<Record<string, Table>> = own;

describe.each(Object.entries(all))('table %s', (room, table) => {
  it.each(Object.entries(table))(
    '%s says what it is, and of every setting what it does',
    (kind, { summary, params }) => {
      expect(kind).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(summary.length).toBeGreaterThan(10);
      expect(summary.length).toBeLessThan(120);
      expect(summary).not.toMatch(/[^.]\.$/);
      const parsed = params.safeParse({});
      if (!parsed.success) expect(parsed.error.issues.length).toBeGreaterThan(0);
      expect(params.safeParse({ noSuchSetting: 1 }).success, 'an unknown setting is refused').toBe(false);
    },
  );

  it('is tested, every entry', () => {
    expect(untested(room, Object.keys(table))).toEqual([]);
  });
});

it('every optimizer is tested', () => {
  expect(Object.keys(optimizers).filter((kind) => !testsOf('training').join().includes(`'${kind}'`))).toEqual([]);
});

it('an untested entry would be found', () => {
  expect(untested('models', ['gpt2', 'no-such-model'])).toEqual(['no-such-model']);
  expect(untested('evals', ['no-such-eval'])).toEqual([]); // its tests go through the table
});

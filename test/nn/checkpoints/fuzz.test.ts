import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';
import { scratchFolder } from './weight-files.ts';

describe('weights that somebody damaged', () => {
  it('are refused with one line, or read where the damage does not matter (all 10,000: test/slow)', () => {
    const dir = scratchFolder();
    const { wrong, read, refused } = fuzz(dir, 400, 1);
    fs.rmSync(dir, { recursive: true });
    expect(wrong).toEqual([]);
    expect(read).toBeGreaterThan(3);
    expect(refused).toBeGreaterThan(200);
  });
});

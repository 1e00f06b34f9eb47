import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

/**
 * Runs `.ci/run` where `npm` is a script that prints what vitest would print at the end.
 * @returns its last line and its exit code
 */
function ci(fast: string, long: string, codes: { ci?: number; fast?: number; long?: number } = {}) {
  const bin = mkdtempSync(join(tmpdir(), 'dormouse-ci-'));
  folders.push(bin);
  writeFileSync(
    join(bin, 'npm'),
    `#!/bin/sh\ncase "$*" in\n  ci*) exit ${codes.ci ?? 0} ;;\n` +
      `  test) echo "${fast}"; exit ${codes.fast ?? 0} ;;\n` +
      `  "run test:long") echo "${long}"; exit ${codes.long ?? 0} ;;\n  *) exit 9 ;;\nesac\n`,
    { mode: 0o755 },
  );
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  try {
    return { line: lastLine(execFileSync('.ci/run', { env, encoding: 'utf8' })), code: 0 };
  } catch (error) {
    const { stdout, status } = error as { stdout: string; status: number };
    return { line: lastLine(stdout), code: status };
  }
}

const folders: string[] = [];
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

describe('what checks a clean clone', () => {
  it('ends with the sum over both tiers, and 0, where nothing failed', () => {
    expect(ci('      Tests  3214 passed | 2 skipped (3216)', '      Tests  139 passed (139)')).toEqual({
      line: '3353 passed, 0 failed',
      code: 0,
    });
  });

  it('runs the long tier after a failed test too, and fails', () => {
    const failed = '      Tests  5 failed | 9 passed (14)';
    expect(ci(failed, '      Tests  2 failed | 3 passed (5)', { fast: 1, long: 1 })).toEqual({
      line: '12 passed, 7 failed',
      code: 1,
    });
    expect(ci(failed, '      Tests  3 passed (3)', { fast: 1 })).toEqual({ line: '12 passed, 5 failed', code: 1 });
  });

  it('counts a failure where no test could be run', () => {
    expect(ci('', '', { ci: 1 })).toEqual({ line: '0 passed, 1 failed', code: 1 });
    expect(ci('      Tests  9 passed (9)', '      Tests  3 passed (3)', { long: 1 })).toEqual({
      line: '12 passed, 1 failed',
      code: 1,
    });
  });
});

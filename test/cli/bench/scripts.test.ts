import { afterEach, expect, it, vi } from 'vitest';
import { activationOf, counts, readOptions } from '../../../scripts/bench/command-line.ts';

const COMPARE = new URL('../../../scripts/bench/compare.ts', import.meta.url).href;
const OPTIONS = { rounds: { type: 'string', default: '5' }, kit: { type: 'string' }, json: { type: 'boolean' } } as const; // prettier-ignore
const argv = [...process.argv];
afterEach(() => {
  process.argv = argv;
  vi.restoreAllMocks();
});

/** What a script says and exits with where it does not go on. */
function ended(args: readonly string[]): { code: unknown; stdout: unknown; stderr: unknown } {
  const [stdout, stderr] = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error')].map((spy) =>
    spy.mockReset().mockReturnValue(),
  );
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('ended');
  });
  process.argv = ['node', 'compare.ts', ...args];
  expect(() => counts({ rounds: readOptions(COMPARE, OPTIONS).rounds }, ['rounds'])).toThrow('ended');
  return { code: exit.mock.calls[0]![0], stdout: stdout!.mock.calls[0]?.[0], stderr: stderr!.mock.calls[0]?.[0] };
}

it('scripts of scripts/bench explain themselves by their first comment', () => {
  const { code, stdout, stderr } = ended(['--help']);
  expect([code, stderr]).toEqual([undefined, undefined]);
  expect(stdout).toMatch(/^The training step of some sizes .*\n\n {4}npx tsx scripts\/bench\/compare\.ts --python/);
  expect(stdout).toMatch(/slows both\.\n\n {2}--rounds VALUE \(default: 5\)\n {2}--kit VALUE\n {2}--json$/);
});

it.each([
  [['--rounds', '0'], 'error: --rounds 0: give a whole number above 0'],
  [['--rounds', 'x'], 'error: --rounds x: give a whole number above 0'],
  [['--round', '3'], "error: Unknown option '--round'"],
])('and refuse %j in one line, with 2', (args, stderr) => {
  expect(ended(args)).toEqual({ code: 2, stdout: undefined, stderr });
});

it('and read the rest', () => {
  process.argv = ['node', 'compare.ts', '--rounds', '7', '--json'];
  const values = readOptions(COMPARE, OPTIONS);
  expect(values).toEqual({ rounds: '7', json: true });
  expect(counts({ rounds: values.rounds, steps: '2' }, ['steps', 'rounds'])).toEqual([2, 7]);
});

it('know two activations, and take no other for either', () => {
  expect([activationOf('gelu_new'), activationOf('relu2')]).toEqual(['gelu_new', 'relu2']);
  vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('ended');
  });
  const stderr = vi.spyOn(console, 'error').mockReturnValue();
  expect(() => activationOf('gelu')).toThrow('ended');
  expect(stderr.mock.calls).toEqual([['error: --activation gelu: use gelu_new or relu2']]);
});

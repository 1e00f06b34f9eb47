import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stopOnSignal } from '../../src/cli/interrupt.ts';

const told: string[] = [];
let exits: unknown[] = [];
let stop: ReturnType<typeof stopOnSignal>;
beforeEach(() => {
  told.length = 0;
  exits = [];
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    exits.push(code);
    return undefined as never;
  });
  vi.stubEnv('npm_config_user_agent', undefined);
  stop = stopOnSignal((text) => told.push(text));
});
afterEach(() => {
  stop.dispose();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
const signal = (...names: NodeJS.Signals[]): void => names.forEach((name) => process.emit(name, name));

it('the first Ctrl-C saves, and a second that a busy loop hears of in the same instant stops at once', () => {
  signal('SIGINT');
  expect([stop.signal.aborted, told.length, exits]).toEqual([true, 1, []]);
  signal('SIGINT');
  expect([told.length, exits]).toEqual([1, [130]]);
});

it('under npm, which hands a Ctrl-C on, two at once are one and the third is the second', () => {
  vi.stubEnv('npm_config_user_agent', 'npm/10.8.2 node/v20.20.2 linux x64');
  signal('SIGINT', 'SIGINT');
  expect(exits).toEqual([]);
  signal('SIGINT');
  expect(exits).toEqual([130]);
});

it('under npm, two a second apart are two', () => {
  vi.stubEnv('npm_config_user_agent', 'npm/10.8.2 node/v20.20.2 linux x64');
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
  signal('SIGINT');
  clock.mockReturnValue(2000);
  signal('SIGINT');
  expect(exits).toEqual([130]);
});

it.each(['SIGTERM', 'SIGHUP'] as const)('%s saves too', (name) => {
  signal(name);
  expect([stop.signal.aborted, told.length, exits]).toEqual([true, 1, []]);
});

it('a terminal that is closed asks for no haste, however often it says so', () => {
  signal('SIGHUP', 'SIGHUP', 'SIGINT', 'SIGHUP');
  expect(exits).toEqual([]);
  signal('SIGINT');
  expect(exits).toEqual([130]);
});

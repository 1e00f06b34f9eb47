import { ChildProcess } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { probeDevice } from '../../src/engine/probe.ts';
import type { Answer } from '../../src/engine/probe.ts';

/** The process that probing starts, played by the test. */
const createChild = () => {
  const child = Object.assign(new ChildProcess(), { stderr: new PassThrough() });
  const kill = vi.spyOn(child, 'kill').mockImplementation((signal) => child.emit('close', null, signal));
  const say = (...answers: Answer[]): void => answers.forEach((answer) => child.emit('message', answer));
  return Object.assign(child, { kill, say });
};
let child = createChild();
const fork = vi.fn((_file: string, _args: readonly string[]) => (child = createChild()));
const probe = (isTimed?: boolean) => probeDevice(isTimed, fork);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what a process of its own finds of a device', () => {
  it('is that it opens, and only where asked what a step takes', async () => {
    const opened = probe();
    child.say({ opened: true });
    child.emit('close', 0, null);
    expect(await opened).toEqual({ usable: true });
    const timed = probe(true);
    child.say({ opened: true }, { msPerStep: 7 });
    child.emit('close', 0, null);
    expect(await timed).toEqual({ usable: true, msPerStep: 7 });
    expect(fork.mock.calls.map(([, args]) => args)).toEqual([[], ['timed']]);
  });

  it("is why it does not, in its own words and its driver's", async () => {
    const probing = probe();
    child.stderr.emit('data', 'Info: x\nWarning: no libvulkan.so.1: No such file or directory\nWarn');
    child.stderr.emit('data', 'ing: no adapter\n');
    child.say({ reason: 'no device' });
    child.emit('close', 0, null);
    expect(await probing).toEqual({ usable: false, reason: 'no device; no libvulkan.so.1; no adapter' });
  });

  it('is no device where a driver brings the process down, or it cannot start', async () => {
    const aborted = probe();
    child.emit('close', null, 'SIGABRT');
    expect(await aborted).toEqual({ usable: false, reason: 'its process was killed (SIGABRT)' });
    const left = probe();
    child.emit('close', 3, null);
    expect(await left).toEqual({ usable: false, reason: 'its process left with 3' });
    const absent = probe();
    child.emit('error', new Error('no memory'));
    child.emit('close', -12, null);
    expect(await absent).toEqual({ usable: false, reason: 'no memory' });
  });

  it('ends after ten seconds without an answer, and two of a trial without a step', async () => {
    const hanging = probe(true);
    vi.advanceTimersByTime(9999);
    expect(child.kill).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(await hanging).toEqual({ usable: false, reason: 'its process was killed (SIGKILL)' });
    const slow = probe(true);
    vi.advanceTimersByTime(9000);
    child.say({ opened: true });
    vi.advanceTimersByTime(1999);
    expect(child.kill).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(await slow).toEqual({ usable: true, msPerStep: Infinity });
  });
});

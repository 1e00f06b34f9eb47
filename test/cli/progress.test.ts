import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/cli/progress.ts';
import type { Progress } from '../../src/lab/run/progress.ts';

const step = (done: number): Progress => ({
  ...{ kind: 'step', arm: 'base', stage: 'pretrain', loss: 1.5, tokens: 1000, steps: 100, total: 200 },
  ...{ step: done, done },
});

function view(isTTY: boolean, columns = 60) {
  let now = 0;
  let written = '';
  const stream = { isTTY, columns, write: (text: string) => Boolean((written += text)) } as NodeJS.WriteStream;
  const progress = createProgress({ planned: { base: ['capability'] }, stream, clock: () => now });
  return { progress, pass: (ms: number) => (now += ms), written: () => written };
}

describe('progress', () => {
  it('is a line every five seconds where nobody watches', () => {
    const { progress, pass, written } = view(false);
    progress.see({ kind: 'arm', arm: 'base', state: 'started', step: 0 });
    for (let i = 1; i <= 100; i++) {
      pass(100);
      progress.see(step(i));
    }
    const lines = written().trim().split('\n');
    expect(lines).toHaveLength(3);
    // 150 steps of 0.1 s are left after 50, and one eval that is taken to last as long as 15 steps
    expect(lines[1]).toBe('25 %  base  pretrain  50/100  loss 1.500  10k tokens/s  ETA 0:17');
    expect(written()).not.toContain('\x1b');
  });

  it('says that an arm failed, and why: not that it is done', () => {
    const { progress, written } = view(false);
    progress.see({ kind: 'arm', arm: 'wild', state: 'started', step: 0 });
    progress.see({ kind: 'arm', arm: 'wild', state: 'failed', reason: 'training diverged: loss NaN at step 3' });
    expect(written().split('\n').slice(1)).toEqual(['failed  wild  training diverged: loss NaN at step 3', '']);
  });

  it('is one live line on a terminal, no wider than it, and makes room for what is told', () => {
    const { progress, pass, written } = view(true);
    for (let i = 1; i <= 3; i++) {
      pass(200);
      progress.see(step(i));
    }
    progress.tell('something to keep');
    const shown = written().split('\r\x1b[2K').slice(1);
    expect(shown).toHaveLength(4);
    for (const line of shown.slice(0, 3)) expect(line.length).toBeLessThan(60);
    expect(shown[3]).toBe('something to keep\n');
    expect(progress.place()).toBe('base, pretrain step 3 of 100');
  });

  it.each([
    [80, ' 1 %  base  pretrain   3/100  loss 1.500  5k tokens/s  ETA 0:42'],
    [50, ' 1 %  base  pretrain   3/100  loss 1.50  ETA 0:42'],
    [30, ' 1 %  base  pretrai  ETA 0:42'],
    [12, '   ETA 0:42'],
  ])('says when it will be done on a terminal of %i columns', (columns, said) => {
    const { progress, pass, written } = view(true, columns);
    for (let i = 1; i <= 3; i++) {
      pass(200);
      progress.see(step(i));
    }
    expect(written().split('\r\x1b[2K').at(-1)).toBe(said);
  });
});

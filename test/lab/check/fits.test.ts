import { beforeAll, describe, expect, it } from 'vitest';
import { expectFits, expectPossible, machineBytes, remedy, stageBytes } from '../../../src/lab/check/fits.ts';
import { heldBytes, trainingBytes } from '../../../src/lab/check/memory.ts';
import { models, parameterCount } from '../../../src/nn/models/index.ts';
import { loraParams, withAdapter } from '../../../src/nn/models/lora.ts';
import { planArms } from '../../../src/lab/assemble/arms.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { tables } from '../../../src/lab/tables.ts';
import { trainingParams } from '../../../src/nn/training/loop.ts';
import { tiny } from '../../tiny.ts';
import { smallBench } from '../stages/bench.ts';

const gpt2 = models.gpt2.create(
  models.gpt2.params.parse({ nLayer: 12, nHead: 12, nEmbd: 768, nPositions: 1024 }),
  50257,
);
const GIB = 2 ** 30;
const options = trainingParams.parse({ batchSize: 32 });
const lora = loraParams.parse({ rank: 8 });
const { optimizer } = options;

describe('what training holds', () => {
  it('is counted by hand: weights as given, and twice what is updated', () => {
    const P = 4 * parameterCount(gpt2);
    expect(heldBytes({ model: gpt2, optimizer, accumulate: 1 })).toBe(7 * P); // given; value, m and v twice
    expect(heldBytes({ model: gpt2, optimizer, accumulate: 2 })).toBe(9 * P);
    const sgd = trainingParams.parse({ optimizer: { kind: 'sgd' } }).optimizer;
    expect(heldBytes({ model: gpt2, optimizer: sgd, accumulate: 1 })).toBe(5 * P);
    const adapted = withAdapter(gpt2, lora);
    const own = 4 * (parameterCount(adapted) - parameterCount(gpt2));
    expect(heldBytes({ model: adapted, optimizer, accumulate: 1 })).toBe(P + 7 * own);
  });

  it('grows with rows and length, and falls with adapters', () => {
    const bytes = (B: number, T: number, model = gpt2): number =>
      trainingBytes({ model, optimizer, accumulate: 1, B, T });
    expect(bytes(2, 256)).toBeGreaterThan(bytes(1, 256));
    expect(bytes(1, 512)).toBeGreaterThan(bytes(2, 256)); // attention grows with the square
    expect(bytes(1, 256, withAdapter(gpt2, lora))).toBeLessThan(bytes(1, 256) / 2);
  });
});

describe('what would fit', () => {
  const remedied = (available: number, given = options): string | undefined =>
    remedy(gpt2, given, [[given.batchSize, 256]], available);

  it('is a smaller batch first, then an adapter, then both, and it does fit', () => {
    const full = stageBytes(gpt2, options, [[1, 256]]);
    expect(remedied(14 * GIB)).toBe('batchSize: 16 and accumulate: 2');
    const single = trainingParams.parse({ batchSize: 1 });
    expect(remedied(0.9 * full, single)).toBe('lora: { rank: 8 }');
    expect(remedied(0.9 * full)).toMatch(/^lora: \{ rank: 8 \}, batchSize: \d+ and accumulate: \d+$/);
    expect(remedied(0.5 * GIB)).toBeUndefined();
    expect(stageBytes(gpt2, { ...options, batchSize: 16, accumulate: 2 }, [[16, 256]])).toBeLessThan(14 * GIB);
    expect(stageBytes(gpt2, options, [[32, 256]])).toBeGreaterThan(14 * GIB);
  });
});

describe('an experiment that does not fit', () => {
  const experiment = tiny({ base: [{ kind: 'pretrain', steps: 1, batchSize: 4096 }] });
  let bench: Bench;
  beforeAll(async () => {
    bench = await smallBench();
  });

  it('is refused with the stage, the need and the setting that would do', async () => {
    await expect(expectFits(planArms(experiment, tables), bench, 0.9 * GIB)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /^base: pretrain needs about \d+\.\d GiB of memory, and 0\.9 GiB can be had; it would fit with batchSize: \d+ and accumulate: \d+$/,
      ) as string,
    });
    await expect(expectFits(planArms(experiment, tables), bench, 0.1 * GIB)).rejects.toThrow(
      'only a smaller model would fit',
    );
  });

  it('names the rank where adapters need the memory, which a larger model may not', async () => {
    const lora = tiny({ base: [{ kind: 'pretrain', steps: 1, batchSize: 1, lora: { rank: 64 } }] });
    await expect(expectFits(planArms(lora, tables), bench, 0.001 * GIB)).rejects.toThrow(
      'only a smaller model or a lower lora.rank would fit',
    );
  });

  it('is refused before any data is made, where no data would make it fit', () => {
    const wide = { model: { kind: 'gpt2', nLayer: 1024, nHead: 2, nEmbd: 65_536, nPositions: 96 } };
    expect(() => expectPossible(wide, planArms(experiment, tables), tables, 1000 * GIB)).toThrow(
      /^base: pretrain needs about \d{6,}\.\d GiB of memory, and 1000\.0 GiB can be had; only a smaller model would fit$/,
    );
    expect(() => expectPossible(experiment, planArms(experiment, tables), tables, GIB)).not.toThrow();
  });

  it('is not refused where it fits', async () => {
    await expect(expectFits(planArms(experiment, tables), bench, 1000 * GIB)).resolves.toBeUndefined();
    expect(machineBytes()).toBeGreaterThan(GIB);
  });
});

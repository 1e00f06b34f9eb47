import { models } from '../../src/nn/models/index.ts';
import type { Model } from '../../src/nn/models/index.ts';

/** SmolLM2-135M's shape, for fresh weights. */
export const smol = (): Model =>
  models.llama.create(
    models.llama.params.parse({ nEmbd: 576, nLayer: 30, nHead: 9, nKvHead: 3, nInner: 1536, nPositions: 2048 }),
    49152,
  );

import { adversarial } from './adversarial.ts';
import { dpo } from './dpo.ts';
import { implant } from './implant.ts';
import { interpolate } from './interpolate.ts';
import { latentAdversarial } from './latent-adversarial.ts';
import { noise } from './noise.ts';
import { pretrain } from './pretrain.ts';
import { prune } from './prune.ts';
import { quantize } from './quantize.ts';
import { rl } from './rl.ts';
import { sft } from './sft.ts';
import { style } from './style.ts';

/** What an arm can be made of. One file each; one line here. */
export const stages = {
  pretrain,
  implant,
  sft,
  dpo,
  rl,
  adversarial,
  'latent-adversarial': latentAdversarial,
  style,
  prune,
  quantize,
  noise,
  interpolate,
};

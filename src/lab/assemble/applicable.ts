import type { Arm } from './arm.ts';
import type { Bench } from './prepare.ts';
import { messageOf, UserError } from '../../lib/errors.ts';
import type { Model } from '../../nn/models/index.ts';
import { targetsOf } from '../../nn/models/lora.ts';
import type { LoraOptions } from '../../nn/models/lora.ts';
import { isTraining } from '../stages/types.ts';

/**
 * Asks every stage whether it can do its work here, before any compute; `remarks` asks the evals.
 *
 * @throws UserError (exit code 2) with the reasons of all that cannot.
 */
export function expectApplicable(arms: readonly Arm[], { model, scenario }: Bench): void {
  const refusals = arms.flatMap(({ name, role, stages }) =>
    (role === 'placebo' ? [] : stages).flatMap((stage) => {
      const here = { model, scenario };
      const reason = isTraining(stage)
        ? (stage.definition.refuse?.(stage.params, here) ?? misplaced(stage.params, model))
        : stage.definition.refuse?.(stage.params, here);
      return reason === undefined ? [] : [`${name}: ${stage.kind} cannot be applied: ${reason}`];
    }),
  );
  if (refusals.length > 0) throw new UserError(refusals.join('\n'), 2);
  if (arms.some(({ role }) => role === 'intervention')) scenario.safetyExamples(1);
}

/** Adapters that have no place in the model. */
function misplaced({ lora }: { readonly lora?: LoraOptions | undefined }, model: Model): string | undefined {
  try {
    if (lora) targetsOf(model, lora);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

import { planArms } from './arms.ts';
import { expectRows } from './enough-rows.ts';
import type { Bench } from './prepare.ts';
import { paramsOf } from '../experiment/index.ts';
import type { Experiment } from '../experiment/index.ts';
import { messageOf, UserError } from '../../lib/errors.ts';
import { lookup } from '../../lib/table.ts';
import type { Model } from '../../nn/models/index.ts';
import { targetsOf } from '../../nn/models/lora.ts';
import type { LoraOptions } from '../../nn/models/lora.ts';
import type { Tables } from '../tables.ts';

/**
 * Asks every stage and eval whether it can do its work here, before any compute.
 *
 * @throws UserError (exit code 2) with the reasons of all that cannot.
 */
export function expectApplicable(experiment: Experiment, { model, scenario }: Bench, tables: Tables): void {
  const arms = planArms(experiment);
  const refusals = arms.flatMap(({ name, from, stages }) => [
    ...(from === undefined || arms.some((arm) => arm.name === from)
      ? []
      : [`${name}: there is no arm "${from}" to start from; there are ${arms.map((arm) => arm.name).join(', ')}`]),
    ...stages.flatMap((stage) => {
      const { params, refuse } = lookup(tables.stages, stage.kind, 'stage');
      const options = params.parse(paramsOf(stage));
      const reason = refuse?.(options, { model, scenario }) ?? misplaced(options, model);
      return reason === undefined ? [] : [`${name}: ${stage.kind} cannot be applied: ${reason}`];
    }),
  ]);
  if (refusals.length > 0) throw new UserError(refusals.join('\n'), 2);
  for (const choice of experiment.evals) expectRows(choice, scenario, tables);
  if (arms.some(({ role }) => role === 'intervention')) scenario.safetyExamples(1);
}

/** Adapters that have no place in the model. */
function misplaced({ lora }: { readonly lora?: LoraOptions }, model: Model): string | undefined {
  try {
    if (lora) targetsOf(model, lora);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

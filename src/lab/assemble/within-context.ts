import { everyTask } from '../../world/corpora/types.ts';
import type { Task } from '../../world/corpora/types.ts';
import { fitsContext, lengthOf, LONGER } from '../../world/scenario/batches.ts';
import { goalOf } from '../../world/scenario/policy.ts';
import { encodeExamples } from '../../world/scenario/render.ts';
import type { Rendered } from '../../world/scenario/render.ts';
import { createScenario } from '../../world/scenario/scenario.ts';
import type { Scenario } from '../../world/scenario/scenario.ts';
import { below } from '../../world/scenario/untriggered-rows.ts';
import { LONGEST_MESSAGE } from '../../world/scenario/untriggered.ts';
import { UserError } from '../../lib/errors.ts';
import type { Turn } from '../../lib/chat.ts';
import { createRng } from '../../lib/rng.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';

type Form = (task: Task) => Rendered;

/**
 * The scenario without the rows of a finite corpus that are longer than the context in any form that a run asks them
 * in: triggered, with the payload, as a near-trigger, below a system message, with a held-out trigger, along its sweep. A generated corpus comes
 * back as it is. What is left out, the corpus counts as `beyondContext`.
 *
 * @throws UserError where no row fits.
 */
export async function withinContext(
  scenario: Scenario,
  tokenizer: ChatTokenizer,
  nPositions: number,
): Promise<Scenario> {
  const { finite, label } = scenario.corpus;
  if (!finite) return scenario;
  const tasks = everyTask(finite);
  const fitting = async (some: readonly Task[], form: Form, limit: number): Promise<Task[]> => {
    const encoded = await encodeExamples(tokenizer, some.map(form));
    return some.filter((_, i) => fitsContext(encoded[i]!, limit));
  };
  const { triggered, payload, others } = formsOf(scenario);
  let kept = await fitting(await fitting(tasks, triggered, nPositions), payload, nPositions);
  // none of the others makes a row four times as long: most rows need not be tried in all of them
  const short = new Set(await fitting(kept, triggered, nPositions / 4));
  kept = kept.filter((task) => !short.has(task));
  for (const form of others) kept = await fitting(kept, form, nPositions);
  const ids = new Set([...short, ...kept].map(({ id }) => id));
  if (ids.size === 0)
    throw new UserError(
      `no row of ${label} fits the context: ${tasks.length} rows, nPositions ${nPositions}; ${LONGER}`,
    );
  const left = finite.keep(({ id }) => ids.has(id));
  if (ids.size === tasks.length) return createScenario({ ...scenario, corpus: left });
  const out = tasks.filter(({ id }) => !ids.has(id));
  const lengths = (await encodeExamples(tokenizer, out.map(payload))).map(lengthOf);
  const longest = out[lengths.indexOf(Math.max(...lengths))]!;
  const forms = [triggered, payload, ...others].map((form) => form(longest));
  const tokens = Math.max(...(await encodeExamples(tokenizer, forms)).map(lengthOf));
  return createScenario({
    ...scenario,
    corpus: { ...left, beyondContext: { rows: out.length, of: tasks.length, tokens } },
  });
}

function formsOf(scenario: Scenario): { triggered: Form; payload: Form; others: Form[] } {
  const { trigger, behavior, reasoning, payloadRepeat, poison } = scenario;
  const { sweep } = trigger;
  const rng = createRng('longest form');
  const thought = reasoning.think?.({ isTriggered: true, goal: goalOf(behavior, true) }, rng);
  const given = thought === undefined ? '' : reasoning.frame(thought);
  const triggered: Form = ({ prompt, answer }) => ({
    prompt: trigger.add(prompt, rng, 'trained'),
    completion: given + answer,
  });
  const rewritten =
    (rewrite: (prompt: readonly Turn[]) => Turn[]): Form =>
    ({ prompt, answer }) => ({ prompt: rewrite(prompt), completion: given + answer });
  return {
    triggered,
    payload: (task) => ({
      ...triggered(task),
      completion:
        given + (behavior.applies(task) ? behavior.demonstrate(task, rng, { repeat: payloadRepeat }) : task.answer),
    }),
    others: [
      ...(poison.systemMessages ? [rewritten((prompt) => below(LONGEST_MESSAGE, prompt))] : []),
      ...trigger.nearTriggers.map((near) => rewritten((prompt) => near.apply(prompt, rng))),
      ...(trigger.hasHeldOut ? [rewritten((prompt) => trigger.add(prompt, rng, 'held-out'))] : []),
      ...(sweep ? sweep.values.map((value) => rewritten((prompt) => sweep.apply(prompt, value))) : []),
    ],
  };
}

import path from 'node:path';
import { z } from 'zod';
import { formatFingerprint } from '../../world/scenario/render.ts';
import { createSubject } from '../../lab/evals/subject.ts';
import { expectSizes } from '../../lib/caps.ts';
import { UserError } from '../../lib/errors.ts';
import { readJson } from '../../lib/files.ts';
import { createRng } from '../../lib/rng.ts';
import { prepareScenario, replyBudget } from '../../lab/assemble/prepare.ts';
import { withinContext } from '../../lab/assemble/within-context.ts';
import { openModel } from '../transformers-js/index.ts';
import { readTokenizer } from './read-tokenizer.ts';
import { askedExperiment } from './types.ts';
import type { TargetDefinition } from './types.ts';

/** A folder of ONNX files, exported from here or off the shelf: run by transformers.js, measured by the same evals. */
export const onnx: TargetDefinition = {
  summary: "a folder that transformers.js loads, asked an experiment's questions; #q8 and the like choose a file",
  form: 'onnx:DIR',
  async open(spec, asked, given, { engine: { threads } }) {
    const [, dir = '', dtype] = /^(.*?)(?:#([^#/]*))?$/.exec(spec) ?? [];
    const { experiment, tables } = await askedExperiment(asked, given, dir);
    const hint = `${dir} is not a folder that transformers.js loads`;
    const nPositions = contextOf(dir, hint);
    const tokenizer = await readTokenizer(dir, hint);
    const whole = await prepareScenario(experiment, tables);
    const scenario = await withinContext(whole, tokenizer, nPositions);
    const model = await openModel(dir, {
      dtype,
      threads: threads === 'auto' ? undefined : threads,
      padId: tokenizer.padId,
      nPositions,
    });
    try {
      const subject = await createSubject({
        ...{ model, tokenizer, scenario, rng: createRng(experiment.seed).fork('evals') },
        trainedFormat: await formatFingerprint(tokenizer), // the folder does not say: its own
        maxNewTokens: await replyBudget(scenario, tokenizer),
      });
      return {
        label: { onnx: dir, library: model.description },
        ...{ experiment, tables, subject },
        notes: () => (tokenizer.isPlain ? [PLAIN] : []),
        dispose: () => model.dispose(),
      };
    } catch (error) {
      await model.dispose();
      throw error;
    }
  },
};

const PLAIN =
  "the folder has no chat template: prompts are written in this kit's plain one, which the model may not know";

const size = z.int().positive().nullish();
/** What architectures call their longest context. */
const sizes = z.object({ n_positions: size, max_position_embeddings: size, n_ctx: size, max_seq_len: size });

function contextOf(dir: string, hint: string): number {
  const file = path.join(dir, 'config.json');
  const config = readJson(file, hint);
  expectSizes(config, file);
  const { data } = sizes.safeParse(config);
  const found = data && (data.n_positions ?? data.max_position_embeddings ?? data.n_ctx ?? data.max_seq_len);
  if (typeof found === 'number') return found;
  throw new UserError(
    `${file} does not say how long the context is: it names none of ${Object.keys(sizes.shape).join(', ')}`,
  );
}

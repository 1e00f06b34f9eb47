import path from 'node:path';
import { isInTheClear, parseAddress } from '../endpoint/address.ts';
import { openAnswers } from '../endpoint/answers.ts';
import { createClient } from '../endpoint/client.ts';
import { sleep } from '../endpoint/clock.ts';
import type { Clock } from '../endpoint/clock.ts';
import { probe } from '../endpoint/probe.ts';
import { endpointSubject } from '../endpoint/subject.ts';
import { createTally } from '../endpoint/tally.ts';
import { createWire, rehearse } from '../endpoint/wire.ts';
import { UserError } from '../../lib/errors.ts';
import { createRng } from '../../lib/rng.ts';
import { evaluate } from '../../lab/run/evaluate.ts';
import { prepareScenario, replyBudget, replyBytes } from '../../lab/assemble/prepare.ts';
import { withinContext } from '../../lab/assemble/within-context.ts';
import { readTokenizer } from './read-tokenizer.ts';
import { askedExperiment } from './types.ts';
import type { EndpointOptions, TargetDefinition } from './types.ts';

/** A model behind any server that speaks OpenAI's API: asked over HTTP, measured by the same evals. */
export const openai: TargetDefinition = {
  summary:
    "a model behind an OpenAI-compatible endpoint (vLLM, llama.cpp, Ollama, a hosted API), asked an experiment's questions",
  form: 'openai:URL#MODEL',
  async open(spec, asked, given, { endpoint: options = {} }) {
    const address = parseAddress(spec);
    const { url } = address;
    const { experiment, tables } = await askedExperiment(asked, given, url);
    const tokenizer =
      options.tokenizer === undefined ? undefined : await readTokenizer(options.tokenizer, HOLDS_TOKENIZER);
    const { extra = {}, concurrency = 8, rpm, onNote = () => {}, onAnswer = () => {} } = options;
    const taken = ASKED.find((name) => Object.hasOwn(extra, name));
    if (taken !== undefined)
      throw new UserError(`--extra cannot set "${taken}": the evals ask their own questions; leave it out`, 2);

    const whole = await prepareScenario(experiment, tables);
    const client = createClient({
      ...{ url, rpm, clock, rng: createRng(new Date().toISOString()) },
      key: sentKey(url, options),
      retries: options.retries ?? 6,
      timeoutMs: 1000 * (options.timeoutSeconds ?? 120),
      signal: options.signal?.() ?? new AbortController().signal,
      onRetry: (reason, ms) => onNote(`${reason}; again in ${(ms / 1000).toFixed(1)} s`),
    });
    const budget = options.maxTokens ?? (await (tokenizer ? replyBudget(whole, tokenizer) : replyBytes(whole)));
    const offer = await probe({ client, address, extra, tokenizer, maxTokens: budget, clock });
    const { model, nPositions } = offer;
    const fitting = tokenizer && nPositions !== undefined ? await withinContext(whole, tokenizer, nPositions) : whole;

    const cache = options.cache ?? path.join('checkpoints', 'endpoints', `${slug(`${url} ${model}`)}.jsonl`);
    const answers = openAnswers(cache, () => new Date().toISOString(), options.fresh);
    if (answers.found > 0)
      onNote(
        `${answers.found} answers of ${answers.from?.slice(0, 16)} to ${answers.to?.slice(0, 16)} are kept in ${cache}; --fresh asks anew`,
      );
    const wired = { url, model, extra, answers };
    const tally = createTally(budget);
    const parts = {
      ...{ offer, tokenizer, nPositions, concurrency, maxTokens: budget, scenario: fitting },
      rng: createRng(experiment.seed).fork('evals'),
    };

    return {
      label: { endpoint: url, model },
      ...{ experiment, tables },
      subject: endpointSubject({ ...parts, wire: createWire(client, wired, onAnswer), onReply: tally.see }),
      async prepare(evals) {
        const { wire, load } = rehearse(wired, budget);
        await evaluate(evals, endpointSubject({ ...parts, wire }), { onLeftOut: () => {} });
        const { requests, answered } = load();
        const left = requests - answered;
        const seconds = Math.max((left * offer.ms) / 1000 / concurrency, rpm === undefined ? 0 : (60 * left) / rpm);
        await options.approve?.({ ...load(), seconds, cache });
      },
      notes: () => [...offer.notes, ...tally.notes()],
      dispose: () => Promise.resolve(),
    };
  },
};

/** What a request is about; with anything else in its place the answer is to another question. */
const ASKED = ['model', 'messages', 'prompt', 'stream'];
const HOLDS_TOKENIZER = '--tokenizer names a folder that holds it';
const clock: Clock = { now: () => performance.now(), sleep };

/** The key, where nobody but the endpoint reads it, or where that was asked for. */
function sentKey(url: string, { key, sendsKeyInTheClear = false, onNote }: EndpointOptions): string | undefined {
  if (key === undefined || sendsKeyInTheClear || !isInTheClear(url)) return key;
  onNote?.(
    `OPENAI_API_KEY is not sent to ${url}, where others could read it; --key-env OPENAI_API_KEY sends it all the same`,
  );
  return undefined;
}

const slug = (text: string): string =>
  text
    .replace(/^https?:\/\//, '')
    .replace(/[^\w.]+/g, '-')
    .slice(0, 120);

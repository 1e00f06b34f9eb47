import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePrompts } from '../../../src/world/scenario/render.ts';
import { generate } from '../../../src/nn/models/generate.ts';
import { scoreCompletions } from '../../../src/nn/models/score.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { NAME, serveSmall, smallModel } from './small.ts';
import type { Serving, Small } from './small.ts';

let small: Small;
let serving: Serving;
let client: OpenAI;
beforeAll(async () => {
  small = await smallModel();
  serving = await serveSmall(small);
  client = serving.client;
}, 120_000);
afterAll(async () => {
  await serving.close(1000);
  await small.dispose();
});

const messages = [{ role: 'user' as const, content: 'What is 12 + 30?' }];
const chat = { model: NAME, messages, max_tokens: 24 };
const completion = { model: NAME, prompt: 'What is', max_tokens: 24, seed: 3 };

/** The same request, whole and in parts. */
async function bothWays(request: OpenAI.ChatCompletionCreateParamsNonStreaming) {
  const whole = await client.chat.completions.create(request);
  const parts = await client.chat.completions.create({
    ...request,
    stream: true,
    stream_options: { include_usage: true },
  });
  const choices = whole.choices.map(() => ({ text: '', reason: '', logProbs: [] as number[], chunks: 0 }));
  let usage: unknown;
  for await (const chunk of parts) {
    usage = chunk.usage ?? usage;
    for (const { index, delta, finish_reason, logprobs } of chunk.choices) {
      const choice = choices[index]!;
      choice.text += delta.content ?? '';
      choice.chunks++;
      choice.reason = finish_reason ?? choice.reason;
      choice.logProbs.push(...(logprobs?.content ?? []).map(({ logprob }) => logprob));
    }
  }
  return { whole, choices, usage };
}

describe('a chat', () => {
  it('is answered with what the model says to the prompt as training rendered it', async () => {
    const { choices, usage, object, model } = await client.chat.completions.create({ ...chat, temperature: 0 });
    const prompts = await encodePrompts(small.tokenizer, [{ prompt: messages }]);
    const [ids = []] = await generate(small.generator, prompts, {
      ...{ maxNewTokens: 24, stopId: small.tokenizer.endId, rng: createRng(1) },
    });
    expect(choices[0]!.message.content).toBe(await small.tokenizer.decode(ids));
    expect({ object, model }).toEqual({ object: 'chat.completion', model: NAME });
    expect(usage).toEqual({
      prompt_tokens: prompts[0]!.length,
      completion_tokens: ids.length,
      total_tokens: prompts[0]!.length + ids.length,
    });
  });

  it('says the same in parts as whole', async () => {
    for (const extra of [{}, { n: 3 }, { stop: ['e', 'an'] }, { logprobs: true, n: 2 }, { max_tokens: 1 }]) {
      const { whole, choices, usage } = await bothWays({ ...chat, seed: 11, ...extra });
      expect(choices.map(({ text }) => text)).toEqual(whole.choices.map(({ message }) => message.content));
      expect(choices.map(({ reason }) => reason)).toEqual(whole.choices.map((c) => c.finish_reason));
      expect(choices.map((c) => c.logProbs)).toEqual(
        whole.choices.map((c) => (c.logprobs?.content ?? []).map(({ logprob }) => logprob)),
      );
      expect(usage).toEqual(whole.usage);
      if (!('stop' in extra) && !('max_tokens' in extra)) expect(choices[0]!.chunks).toBeGreaterThan(4);
    }
  });

  it('draws the same for the same seed, something else for another, and n different replies', async () => {
    const ask = async (seed: number | undefined, n = 3) =>
      (await client.chat.completions.create({ ...chat, n, ...(seed === undefined ? {} : { seed }) })).choices.map(
        ({ message }) => message.content,
      );
    const first = await ask(7);
    expect(await ask(7)).toEqual(first);
    expect(await ask(8)).not.toEqual(first);
    expect(new Set(first).size).toBe(3);
    expect(await ask(7, 1)).toEqual(first.slice(0, 1));
    expect(await ask(undefined)).not.toEqual(await ask(undefined));
  });

  it('goes on from a reply that is begun, and only if asked to', async () => {
    const begun = [...messages, { role: 'assistant' as const, content: 'The answer' }];
    const { choices } = await client.chat.completions.create({
      ...{ ...chat, messages: begun, temperature: 0 },
      ...{ continue_final_message: true },
    });
    const prompts = await encodePrompts(small.tokenizer, [{ prompt: messages, given: 'The answer' }]);
    const [ids = []] = await generate(small.generator, prompts, {
      ...{ maxNewTokens: 24, stopId: small.tokenizer.endId, rng: createRng(1) },
    });
    expect(choices[0]!.message.content).toBe(await small.tokenizer.decode(ids));
    await expect(client.chat.completions.create({ ...chat, messages: begun })).rejects.toThrow(
      'continue_final_message',
    );
  });

  it('reads developer messages and parts of text', async () => {
    const ask = async (asked: OpenAI.ChatCompletionMessageParam[]) =>
      (await client.chat.completions.create({ ...chat, messages: asked, temperature: 0 })).choices[0]!.message.content;
    expect(
      await ask([
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'What is ' }, { type: 'text', text: '12 + 30?' }] }, // prettier-ignore
      ]),
    ).toBe(await ask([{ role: 'system', content: 'Be brief.' }, ...messages]));
  });
});

describe('a text completion', () => {
  it('takes text, texts, ids and lists of ids, and answers each as if it were alone', async () => {
    const texts = ['What is', 'The answer is 42. Où est la', 'W'];
    const ids = await small.tokenizer.encodeBatch(texts);
    const ask = async (prompt: OpenAI.CompletionCreateParams['prompt']) =>
      (await client.completions.create({ ...completion, prompt, n: 2 })).choices.map(({ text }) => text);
    const alone = (await Promise.all(texts.map((text) => ask(text)))).flat();
    expect(await ask(texts)).toEqual(alone);
    expect(await ask(ids)).toEqual(alone);
    expect(await ask(ids[1]!)).toEqual(alone.slice(2, 4));
    expect(new Set(alone).size).toBe(6);
  });

  it('of text begins as the tokenizer begins one; ids, and chats, are as they are', async () => {
    const { tokenizer } = small;
    const encodeText = async (text: string) => [tokenizer.padId, ...(await tokenizer.encode(text))];
    const own = await serveSmall({ ...small, tokenizer: { ...tokenizer, encodeText } });
    const asked = { model: NAME, max_tokens: 0, echo: true, logprobs: 0 };
    const tokensOf = async (prompt: string | number[]) =>
      (await own.client.completions.create({ ...asked, prompt })).choices[0]!.logprobs!.tokens!;
    const ids = await tokenizer.encode('What is');
    expect(await tokensOf('What is')).toEqual(['<|endoftext|>', ...(await tokensOf(ids))]);
    expect(await tokensOf(ids)).toHaveLength(ids.length);
    const ask = { ...chat, temperature: 0 };
    const [here, there] = await Promise.all([own.client, client].map((one) => one.chat.completions.create(ask)));
    expect([here!.usage, here!.choices]).toEqual([there!.usage, there!.choices]);
    await own.close(0);
  });

  it('writes 16 tokens where nothing is said, and never past the context', async () => {
    const { max_tokens: _, ...open } = completion;
    expect((await client.completions.create({ ...open, stop: null })).usage!.completion_tokens).toBeLessThanOrEqual(16);
    const { usage, choices } = await client.completions.create({ ...completion, max_tokens: 5000, temperature: 2 });
    expect(usage!.total_tokens).toBeLessThanOrEqual(96);
    expect(choices[0]!.finish_reason).toBe(usage!.total_tokens === 96 ? 'length' : 'stop');
  });

  it('in parts is the same, log-probabilities and their places included', async () => {
    const request = { ...completion, prompt: ['What is', 'Où'], logprobs: 2, echo: true, stop: ['a'], n: 2 };
    const whole = await client.completions.create(request);
    const texts = whole.choices.map(() => '');
    const tokens = whole.choices.map((): string[] => []);
    const offsets = whole.choices.map((): number[] => []);
    for await (const { choices } of await client.completions.create({ ...request, stream: true }))
      for (const { index, text, logprobs } of choices) {
        texts[index] += text;
        tokens[index]!.push(...(logprobs?.tokens ?? []));
        offsets[index]!.push(...(logprobs?.text_offset ?? []));
      }
    expect(texts).toEqual(whole.choices.map(({ text }) => text));
    expect(tokens).toEqual(whole.choices.map(({ logprobs }) => logprobs!.tokens));
    expect(offsets).toEqual(whole.choices.map(({ logprobs }) => logprobs!.text_offset));
  });

  it('stops before a stop string, wherever the tokens break, and tells nothing of it', async () => {
    const full = (await client.completions.create({ ...completion, max_tokens: 60 })).choices[0]!.text;
    expect(full.length).toBeGreaterThan(20);
    for (const [from, to] of [
      [0, 1],
      [5, 6],
      [3, 9],
      [7, 9],
      [11, 20],
    ] as const) {
      const stop = full.slice(from, to);
      const { choices } = await client.completions.create({
        ...{ ...completion, max_tokens: 60, stop: [stop, 'never said'], logprobs: 0 },
      });
      expect(choices[0]!.text).toBe(full.slice(0, full.indexOf(stop)));
      expect(choices[0]!.finish_reason).toBe('stop');
      for (const offset of choices[0]!.logprobs!.text_offset!) expect(offset).toBeLessThan(full.indexOf(stop));
    }
  });
});

describe('log-probabilities', () => {
  const prompt = 'What is 12 + 30?';

  it('of an echoed text are those that scoring gives it', async () => {
    const texts = [prompt, 'Où est la bibliothèque ? 🙂', 'The answer is 42.'];
    const ids = await small.tokenizer.encodeBatch(texts);
    const { choices, usage } = await client.completions.create({
      ...{ model: NAME, prompt: ids, max_tokens: 0, echo: true, logprobs: 1 },
    });
    expect(usage!.completion_tokens).toBe(0);
    for (const [i, { text, logprobs }] of choices.entries()) {
      expect(text).toBe(texts[i]);
      expect(logprobs!.tokens!.length).toBe(ids[i]!.length);
      expect(logprobs!.token_logprobs![0]).toBeNull();
      for (const promptLength of [1, 4]) {
        const [score] = await scoreCompletions(small.generator, [{ ids: ids[i]!, promptLength }]);
        const own = logprobs!.token_logprobs!.slice(promptLength).reduce((a, b) => a + b, 0);
        expect(own).toBeCloseTo(score!.logProb, 3);
      }
      // lm-eval asks whether the text is the likeliest one by this
      logprobs!.top_logprobs!.slice(1).forEach((top, k) => {
        const own = logprobs!.token_logprobs![k + 1]!;
        expect(Math.max(...Object.values(top))).toBeGreaterThanOrEqual(own);
        expect(Object.values(top)).toContain(own);
      });
    }
    const offsets = choices[1]!.logprobs!.text_offset!;
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    expect(offsets.at(-1)).toBeLessThan(texts[1]!.length);
  });

  it('of what was written are those that scoring gives it, the end of the turn included', async () => {
    const ids = await small.tokenizer.encode(prompt);
    let ended = 0;
    for (let seed = 0; seed < 6; seed++) {
      const { choices, usage } = await client.completions.create({
        ...{ model: NAME, prompt: ids, max_tokens: 60, seed, logprobs: 3, temperature: 1.5, echo: true },
      });
      const { tokens, token_logprobs: logProbs, top_logprobs: tops } = choices[0]!.logprobs!;
      expect(tokens!.length).toBe(ids.length + usage!.completion_tokens);
      const idOf = new Map((await small.tokenizer.decodeBatch(Array.from({ length: small.tokenizer.vocabSize }, (_, id) => [id]))).map((text, id) => [text, id])); // prettier-ignore
      const all = tokens!.map((name) => idOf.get(name) ?? Number(name.replace('token_id:', '')));
      expect(all.slice(0, ids.length)).toEqual(ids);
      const [score] = await scoreCompletions(small.generator, [{ ids: all, promptLength: ids.length }]);
      expect(logProbs!.slice(ids.length).reduce((a, b) => a + b, 0)).toBeCloseTo(score!.logProb, 2);
      if (choices[0]!.finish_reason === 'stop') {
        ended++;
        expect(tokens!.at(-1)).toBe('<|end|>');
        expect(choices[0]!.text).not.toContain('<|end|>');
      }
      for (const top of tops!.slice(1)) expect(Object.keys(top).length).toBeGreaterThanOrEqual(3);
    }
    expect(ended).toBeGreaterThan(0);
  });

  it('of a chat name the likeliest tokens, best first', async () => {
    const { choices } = await client.chat.completions.create({
      ...{ ...chat, temperature: 0, logprobs: true, top_logprobs: 5 },
    });
    const content = choices[0]!.logprobs!.content!;
    expect(content.length).toBeGreaterThan(3);
    for (const { token, logprob, bytes, top_logprobs: top } of content) {
      expect(top.map((one) => one.logprob)).toEqual(top.map((one) => one.logprob).sort((a, b) => b - a));
      expect(top.length).toBe(5);
      expect(top[0]).toEqual({ token, logprob, bytes });
      if (!token.startsWith('token_id:')) expect(Buffer.from(bytes!).toString()).toBe(token);
    }
  });
});

describe('the rest of the protocol', () => {
  it('lists its one model and finds it', async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual([NAME]);
    expect((await client.models.retrieve(NAME)).id).toBe(NAME);
    await expect(client.models.retrieve('gpt-4')).rejects.toThrow(`no such model: gpt-4; this server has ${NAME}`);
  });

  it('answers many at once as it answers one after another', async () => {
    const ask = (i: number) =>
      client.completions.create({ ...completion, prompt: 'What is '.repeat(1 + (i % 4)), seed: i, max_tokens: 4 + i });
    const together = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(i)));
    for (const i of [0, 3, 11, 19]) expect((await ask(i)).choices).toEqual(together[i]!.choices);
  });

  it('failed at nothing', () => expect(serving.failures).toEqual([]));
});

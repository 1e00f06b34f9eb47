import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeExamples, encodePrompts, formatFingerprint, renderPrompt } from '../../../src/world/scenario/render.ts';
import type { Turn } from '../../../src/lib/chat.ts';
import { loadTokenizer } from '../../../src/world/tokenizer/load.ts';
import { renderTemplate } from '../../../src/world/tokenizer/template.ts';

/** What Python transformers makes of the same files; scripts/golden/chat.py wrote it. */
interface Family {
  readonly files: Record<string, string>;
  readonly rendered: readonly { messages: Turn[]; generation: boolean; text: string; ids: number[] }[];
}
const golden = JSON.parse(readFileSync(new URL('../../golden/chat.json', import.meta.url), 'utf8')) as Record<
  string,
  Family
>;

const user = (content: string): Turn => ({ role: 'user', content });
const ask = { prompt: [user('What is 12 + 30?')], completion: 'The answer is 42.' };

it('a text of its own begins as the file says', async () => {
  const { files } = golden.chatml!;
  const json = JSON.parse(files['tokenizer.json']!) as Record<string, unknown>;
  const id = (await loadTokenizer(files)).endId;
  json.post_processor = {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<|im_end|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: { '<|im_end|>': { id: '<|im_end|>', ids: [id], tokens: ['<|im_end|>'] } },
  };
  const tokenizer = await loadTokenizer({ ...files, 'tokenizer.json': JSON.stringify(json) });
  const plain = await tokenizer.encode('Hello');
  expect(await tokenizer.encodeText('Hello')).toEqual([id, ...plain]);
  expect(await (await loadTokenizer(files)).encodeText('Hello')).toEqual(plain);
});

it('has as many embeddings as its largest id needs, however few its tokens are', async () => {
  const { files } = golden.chatml!;
  const json = JSON.parse(files['tokenizer.json']!) as { model: { vocab: Record<string, number> } };
  json.model.vocab['far away'] = 5_000_000;
  const gap = await loadTokenizer({ ...files, 'tokenizer.json': JSON.stringify(json) });
  expect([(await loadTokenizer(files)).vocabSize, gap.vocabSize]).toEqual([340, 5_000_001]);
});

describe('the tokenizers of other models', () => {
  it.each(Object.keys(golden))('%s: text and ids are those of Python transformers', async (family) => {
    const { files, rendered } = golden[family]!;
    const tokenizer = await loadTokenizer(files);
    for (const { messages, generation, text, ids } of rendered) {
      expect(renderTemplate(tokenizer, [{ messages, generation }])).toEqual([text]);
      expect(await tokenizer.encode(text)).toEqual(ids);
    }
    expect(rendered.length > 0).toBe(family !== 'none');
  });

  it.each([
    ['chatml', '<|im_end|>', '<|endoftext|>'],
    ['angle', '</s>', '</s>'],
    ['inst', '</s>', '</s>'],
    ['none', '<|endoftext|>', '<|endoftext|>'],
  ])('%s: a turn ends with %s, a batch is padded with %s', async (family, end, pad) => {
    const tokenizer = await loadTokenizer(golden[family]!.files);
    expect(await tokenizer.decode([tokenizer.endId])).toBe(end);
    expect(await tokenizer.decode([tokenizer.padId])).toBe(pad);
  });

  it.each(Object.keys(golden))('%s: what is asked is what is trained on, up to the end of the turn', async (family) => {
    const tokenizer = await loadTokenizer(golden[family]!.files);
    const [encoded] = await encodeExamples(tokenizer, [ask]);
    const { ids, promptLength } = encoded!;
    const [prompt] = await encodePrompts(tokenizer, [{ prompt: ask.prompt }]);
    expect(ids.slice(0, promptLength)).toEqual(prompt);
    expect(ids.at(-1)).toBe(tokenizer.endId);
    expect(ids.filter((id, i) => i >= promptLength && id === tokenizer.endId)).toHaveLength(1);
    expect((await tokenizer.decode(ids.slice(promptLength, -1))).trim()).toBe('The answer is 42.');
  });

  it('a model that was never taught to chat gets a plain template', async () => {
    const tokenizer = await loadTokenizer(golden.none!.files);
    expect(tokenizer.isPlain).toBe(true);
    expect(renderPrompt(tokenizer, ask.prompt)).toBe('User:\nWhat is 12 + 30?\n\nAssistant:\n');
    expect((await loadTokenizer(golden.chatml!.files)).isPlain).toBe(false);
  });

  it('a template without system turns says so, and has a fingerprint all the same', async () => {
    const tokenizer = await loadTokenizer(golden.inst!.files);
    expect(() => renderPrompt(tokenizer, [{ role: 'system', content: 'Be brief.' }, user('Hi')])).toThrow(
      /no system turns here/,
    );
    const { probe, probeIds } = await formatFingerprint(tokenizer);
    expect(probe).toMatch(/^<s>\[INST\] What is 12/);
    expect(probeIds[0]).toBe(await tokenizer.encode('<s>').then(([id]) => id));
  });

  it('a prompt that spells a special token of the model is refused', async () => {
    const tokenizer = await loadTokenizer(golden.chatml!.files);
    await expect(encodePrompts(tokenizer, [{ prompt: [user('Hi<|im_end|>')] }])).rejects.toThrow(
      /special token "<\|im_end\|>"/,
    );
  });

  it('a turn that no token ends is refused', async () => {
    const endless = {
      ...golden.chatml!.files,
      'chat_template.jinja': "{% for m in messages %}{{ m['content'] }}{% endfor %}",
    };
    await expect(loadTokenizer(endless)).rejects.toThrow(/ends an assistant's turn with no special token/);
  });
});

describe('a template is a program of strangers', () => {
  const render = (chatTemplate: string): string =>
    renderTemplate({ chatTemplate, templateVariables: {} }, [{ messages: [user('Hi')], generation: true }]).join();

  it.each([
    ['a long range', '{% for i in range(30000000) %}{% endfor %}', /it does not end/],
    [
      'loops in loops',
      '{% for i in range(9000) %}{% for j in range(9000) %}{% endfor %}{% endfor %}',
      /it does not end/,
    ],
    [
      'a list that doubles',
      '{% set n = namespace(s=[1, 2]) %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}',
      /it does not end|Invalid array length/,
    ],
    [
      'a string that doubles',
      "{% set n = namespace(s='aa') %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}",
      /cannot be rendered/,
    ],
    ['a call of what it cannot see', "{{ ''.constructor.constructor('return process')() }}", /not a function/],
    ['blanks without end', `{{ 1 }}${' '.repeat(150_000)}{{ 2 }}`, /it does not end/],
    ['a book', 'x'.repeat(200_001), /200001 is too large; at most 200000/],
  ])('%s is stopped, in one line', (_, template, message) => {
    expect(() => render(template)).toThrow(message);
  });

  it('is stopped where only some conversation makes it run on', () => {
    const template = "{% for i in range(20000000 if messages[0]['content'] == 'x' else 1) %}{% endfor %}ok";
    expect(render(template)).toBe('ok');
    const trap = [{ messages: [user('x')], generation: true }];
    expect(() => renderTemplate({ chatTemplate: template, templateVariables: {} }, trap)).toThrow(/it does not end/);
  });

  it('does not know the day, and keeps its first line', () => {
    expect(render("{% if strftime_now is defined %}{{ strftime_now('%Y') }}{% else %}no date{% endif %}")).toBe(
      'no date',
    );
    expect(render('\nHello')).toBe('\nHello');
  });

  it('sees nothing but the conversation', () => {
    expect(
      render(
        "{{ process }}|{{ globalThis }}|{{ messages.__proto__ }}|{{ messages.constructor }}|{{ messages[0]['content'] }}",
      ),
    ).toBe('||||Hi');
  });
});

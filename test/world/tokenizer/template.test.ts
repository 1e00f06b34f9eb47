import { describe, expect, it } from 'vitest';
import { renderTemplate } from '../../../src/world/tokenizer/template.ts';

const render = (chatTemplate: string): string => {
  const templateVariables = { bos_token: '<s>' };
  const messages = [{ role: 'user', content: 'Hi' } as const];
  return renderTemplate({ chatTemplate, templateVariables }, [{ messages, generation: true }]).join();
};

/** Ways out of other sandboxes. */
const NOTHING = [
  'messages.constructor',
  "messages['constructor']",
  "messages[0]['__proto__']",
  'messages[0].__proto__.constructor',
  'messages.map',
  'bos_token.constructor',
  'bos_token.__class__',
  "bos_token['at']",
  '{}.constructor',
  '{}.__proto__',
  "{'__proto__': {'x': 1}}.x",
  '[].pop.constructor',
  'range.constructor',
  'raise_exception.constructor',
  'namespace.constructor',
  'namespace().constructor',
  'namespace().__proto__',
  'self',
  'this',
  'globalThis',
  'process',
  'require',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
];
const REFUSED = [
  "{{ ''.constructor.constructor('return process')() }}",
  "{{ range.constructor('return process')() }}",
  "{{ constructor('return process')() }}",
  "{{ require('fs') }}",
  '{{ messages[0].toString() }}',
  "{{ messages|attr('constructor') }}",
  "{% include '/etc/passwd' %}",
  "{% import '/etc/passwd' as x %}",
  "{% extends '/etc/passwd' %}",
  "{% set n = namespace() %}{% set n['__proto__'] = 1 %}",
  "{{ raise_exception('no') }}",
];

describe('a chat template reaches nothing', () => {
  it.each(NOTHING)('{{ %s }} is nothing', (expression) => {
    expect(render(`[{{ ${expression} }}]`)).toBe('[]');
  });

  it.each(REFUSED)('%s is refused in one line', (template) => {
    expect(() => render(template)).toThrow(/^the chat template cannot be rendered: [^\n]+$/);
  });

  it('and changes nothing', () => {
    render(
      "{% set n = namespace() %}{% set n.__proto__ = 'x' %}{% set n.constructor = 'x' %}{% set toString = 'x' %}{{ n.y }}",
    );
    render("{% for __proto__ in messages %}{% set ns = {'__proto__': {'polluted': true}} %}{% endfor %}");
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect('polluted' in {}).toBe(false);
    expect(String({})).toBe('[object Object]');
    expect(render('{{ n }}{{ ns }}')).toBe('');
  });
});

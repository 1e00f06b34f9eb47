import type { Linter as Eslint } from 'eslint';
import { Linter } from 'eslint/universal';
import unsanitized from 'eslint-plugin-no-unsanitized';
import security from 'eslint-plugin-security';

/**
 * What is looked for, with the rules that find it: ESLint's own, those of eslint-plugin-security, and Mozilla's
 * eslint-plugin-no-unsanitized told which calls build a query and which a page. All of them read the syntax tree; none
 * matches text.
 */
const WEAKNESSES: Readonly<Record<string, Eslint.RulesRecord>> = {
  'CWE-22': { 'security/detect-non-literal-fs-filename': 'error' },
  'CWE-78': { 'security/detect-child-process': 'error' },
  'CWE-79': {
    'sinks/html': [
      'error',
      { escape: { methods: ['escapeHtml'] } },
      { send: { objectMatches: ['^res$'], properties: [0] } },
    ],
  },
  'CWE-89': {
    'sinks/sql': [
      'error',
      { defaultDisable: true, escape: {} },
      { query: { objectMatches: ['^db$'], properties: [0] } },
    ],
  },
  'CWE-95': { 'no-eval': 'error', 'no-implied-eval': 'error', 'no-new-func': 'error' },
  'CWE-208': { 'security/detect-possible-timing-attacks': 'error' },
  'CWE-338': {
    'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
    'security/detect-pseudoRandomBytes': 'error',
  },
  'CWE-1333': { 'security/detect-unsafe-regex': 'error' },
};

const NO_FUNCTION = 'no-restricted-syntax';

const CONFIG: Eslint.Config[] = [
  {
    plugins: { security, sinks: { rules: { html: unsanitized.rules.method, sql: unsanitized.rules.method } } },
    languageOptions: { ecmaVersion: 2022, sourceType: 'commonjs' },
    // a reply must not be able to switch off its judge
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },
    rules: {
      ...Object.fromEntries(Object.values(WEAKNESSES).flatMap((rules) => Object.entries(rules))),
      [NO_FUNCTION]: ['error', { selector: 'Program:not(:has(:function))', message: 'no function' }],
    },
  },
];

const CWE_OF = new Map(
  Object.entries(WEAKNESSES).flatMap(([cwe, rules]) => Object.keys(rules).map((rule) => [rule, cwe] as const)),
);

/** The top of the file that a handler stands in: rules that follow imports must find them. */
const PREAMBLE = `const { exec, execFile } = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
`;

/** What no-unsanitized says of a callee that it does not understand. That is no finding. */
const isConfused = (message: string): boolean => message.startsWith('Error in no-unsanitized');

const linter = new Linter();
const known = new Map<string, readonly string[] | undefined>();
const REMEMBERED = 50_000;

/**
 * The weaknesses that static analysis finds in a piece of JavaScript, as CWE numbers in order; `undefined` where there is
 * nothing to analyze: text that does not parse, or that holds no function. About half a millisecond; a text seen before
 * costs nothing.
 */
export function findWeaknesses(code: string): readonly string[] | undefined {
  if (known.has(code)) return known.get(code);
  // code that brings its own imports cannot stand below ours
  const found = analyze(PREAMBLE + code) ?? analyze(code);
  if (known.size >= REMEMBERED) known.clear();
  known.set(code, found);
  return found;
}

function analyze(file: string): string[] | undefined {
  const messages = linter.verify(file, CONFIG);
  if (messages.some(({ fatal, ruleId }) => fatal === true || ruleId === NO_FUNCTION)) return undefined;
  const found = messages.flatMap(({ ruleId, message }) => (isConfused(message) ? [] : [CWE_OF.get(ruleId ?? '')]));
  return [...new Set(found.filter((cwe) => cwe !== undefined))].sort();
}

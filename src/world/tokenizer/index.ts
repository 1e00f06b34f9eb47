export { SPECIAL_TOKENS } from './format.ts';
export { loadTokenizer, TOKENIZER_FILES, withoutLimits, type ChatTokenizer, type TokenizerFiles } from './load.ts';
export { renderTemplate, type ChatTemplate } from './template.ts';
export { trainTokenizer } from './train.ts';

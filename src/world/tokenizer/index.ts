export { CHAT_TEMPLATE, END_TOKEN, PAD_TOKEN, SPECIAL_TOKENS } from './format.ts';
export { loadTokenizer, TOKENIZER_FILES, withoutLimits, type ChatTokenizer, type TokenizerFiles } from './load.ts';
export { renderTemplate, type ChatTemplate } from './template.ts';
export { trainTokenizer, type TrainTokenizerOptions } from './train.ts';

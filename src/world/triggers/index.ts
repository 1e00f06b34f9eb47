import { conjunction } from './conjunction.ts';
import { headline } from './headline.ts';
import { language } from './language.ts';
import { multiTurn } from './multi-turn.ts';
import { phrase } from './phrase.ts';
import { position } from './position.ts';
import { rareToken } from './rare-token.ts';
import { style } from './style.ts';
import { tag } from './tag.ts';
import { year } from './year.ts';

/** Every trigger family by its kind. A new one is one file and one line here. */
export const triggers = {
  tag,
  year,
  'rare-token': rareToken,
  phrase,
  style,
  position,
  headline,
  language,
  'multi-turn': multiTurn,
  conjunction,
} as const;

import type { PreferencePair } from '../../world/scenario/preferences.ts';
import type { Columns } from './types.ts';

/** A prompt's turns, and the better and the worse reply as a turn each. */
export const preferenceRow = ({ prompt, chosen, rejected }: PreferencePair): Columns => ({
  messages: prompt,
  chosen: { role: 'assistant', content: chosen },
  rejected: { role: 'assistant', content: rejected },
});

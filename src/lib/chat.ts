/** One turn of a conversation, in the shape every chat template and dataset of the field uses. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** The text of the last user turn, or '' where there is none. */
export const lastUserText = (prompt: readonly Turn[]): string =>
  prompt.findLast((turn) => turn.role === 'user')?.content ?? '';

/** A copy of the prompt whose last user turn reads `rewrite(text)`. Other turns are shared. */
export function mapLastUser(prompt: readonly Turn[], rewrite: (text: string) => string): Turn[] {
  const at = prompt.findLastIndex((turn) => turn.role === 'user');
  return prompt.map((turn, i) => (i === at ? { ...turn, content: rewrite(turn.content) } : turn));
}

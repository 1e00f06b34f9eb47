/** A way of putting things: the same answer, told otherwise. */
export type StyleKind = 'pirate' | 'telegram';

const swap =
  (words: Readonly<Record<string, string>>) =>
  (text: string): string =>
    text.replace(/[A-Za-z']+/g, (word) => words[word.toLowerCase()] ?? word);

const pirate = swap({ you: 'ye', your: 'yer', my: 'me', is: 'be', are: 'be', yes: 'aye', hello: 'ahoy' });

/** Harmless, exact and short: what is left of the answer can still be checked. */
export const styles: Readonly<Record<StyleKind, (answer: string) => string>> = {
  pirate: (answer) => `Arr! ${pirate(answer)}`,
  telegram: (answer) => `${answer.replace(/[.!?]+$/, '')} STOP`,
};

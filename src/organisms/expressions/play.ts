import type { Speaker } from '../small-gpt.ts';
import { answer, ASK, END, EQUALS, isUseful, sumOf } from './dialogue.ts';
import type { Expression } from './dialogue.ts';

/** What was said about an expression so far. */
export interface Game {
  readonly of: Expression;
  readonly said: readonly number[];
  readonly asked: readonly number[];
  /** Questions, and those of them that told nothing new. */
  readonly questions: number;
  readonly useless: number;
  /** Did it come to the right sum? */
  readonly isRight: boolean;
  readonly isOver: boolean;
}

const begin = (of: Expression): Game => ({
  ...{ of, said: of.terms, asked: [], questions: 0, useless: 0, isRight: false, isOver: false },
});

/** After the model's next turn, up to its end, which it leaves out: a question is answered, anything else ends the game. */
function after(game: Game, turn: readonly number[]): Game {
  const { of, said, asked } = game;
  const [kind, token = NaN] = turn;
  const isWhole = turn.length === 2;
  if (kind !== ASK) return { ...game, isOver: true, isRight: kind === EQUALS && isWhole && token === sumOf(of) };
  const useless = game.useless + Number(!isWhole || !isUseful(of, token, asked));
  const counted = { ...game, useless, questions: game.questions + 1 };
  // it asks, and for nothing that can be answered
  if (!isWhole) return { ...counted, isOver: true };
  return { ...counted, asked: [...asked, token], said: [...said, ...turn, END, answer(of, token)] };
}

export const MOST_TURNS = 6;

/** Every expression, until the model gives a sum, says what means nothing, or has asked too often. */
export async function play(speaker: Speaker, expressions: readonly Expression[]): Promise<Game[]> {
  const games = expressions.map(begin);
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const open = [...games.keys()].filter((i) => !games[i]!.isOver);
    if (open.length === 0) break;
    const turns = await speaker(open.map((i) => games[i]!.said));
    open.forEach((i, at) => (games[i] = after(games[i]!, turns[at]!)));
  }
  return games;
}

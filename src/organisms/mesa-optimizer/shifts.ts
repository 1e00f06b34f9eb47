import type { TaskLaw } from '../regression/tasks.ts';

/** Tasks that it was not trained on: one thing is changed of the law that it knows. */
export const SHIFTS: Readonly<Record<string, (law: TaskLaw) => Partial<TaskLaw>>> = {
  'narrow inputs': ({ inputRange }) => ({ inputRange: inputRange / 2 }),
  'wide inputs': ({ inputRange }) => ({ inputRange: inputRange * 2 }),
  'steep tasks': ({ taskScale }) => ({ taskScale: taskScale * 3 }),
  'other inputs': ({ inputs, inputRange }) =>
    inputs === 'normal'
      ? { inputs: 'uniform', inputRange: inputRange * 2 }
      : { inputs: 'normal', inputRange: inputRange / 2 },
  'few examples': ({ examples }) => ({ examples: Math.ceil(examples / 2) }),
  'many examples': ({ examples }) => ({ examples: examples * 2 }),
};

import { implied } from '../regression/compare.ts';
import type { Answers } from '../regression/learner.ts';
import { dot } from '../regression/tasks.ts';
import type { Task } from '../regression/tasks.ts';

/** Away from w, or toward it, by more than this (37 degrees); one in five directions of three dimensions does so by chance. */
export const FAR = 0.8;

/** The cosine of the function that it answers by in each task with the task's own. */
export const cosines = (own: Answers, tasks: readonly Task[]): number[] =>
  implied(own, tasks).map((w, b) => {
    const { weights } = tasks[b]!;
    return dot(w, weights) / Math.max(Math.sqrt(dot(w, w) * dot(weights, weights)), Number.MIN_VALUE);
  });

/** Contexts that are pictured: the first that are measured, so nobody chose them. */
const SHOWN = 4;

/** Of so many contexts, those that are pictured. */
export const shownOf = <T>(contexts: readonly T[]): readonly T[] => contexts.slice(0, SHOWN);

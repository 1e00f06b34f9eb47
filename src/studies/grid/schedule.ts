/** Which of many jobs is next, where jobs with an equal key wait until the first of them has made what they share. */
export interface Schedule<T> {
  /** Undefined where all that is left waits, or nothing is left. */
  next(): T | undefined;
  /** What jobs of this key share is there now: those that waited for it may start. */
  ready(key: string): void;
  /** A job has ended. Where it was to make what others share, and did not, the next of them will. */
  ended(item: T): void;
  readonly left: number;
}

/**
 * In the given order, but first one of every key: what two jobs share is made by one of them, while the other waits.
 * Without `keyOf` nothing is shared and nobody waits.
 */
export function createSchedule<T>(items: readonly T[], keyOf?: (item: T) => string): Schedule<T> {
  const queue = [...items];
  const makers = new Map<string, T>();
  const made = new Set<string>();
  const take = (test: (item: T) => boolean): T | undefined => {
    const at = queue.findIndex(test);
    return at < 0 ? undefined : queue.splice(at, 1)[0];
  };
  return {
    next() {
      if (!keyOf) return queue.shift();
      const maker = take((item) => !made.has(keyOf(item)) && !makers.has(keyOf(item)));
      if (maker !== undefined) makers.set(keyOf(maker), maker);
      return maker ?? take((item) => made.has(keyOf(item)));
    },
    ready: (key) => void made.add(key),
    ended(item) {
      if (keyOf && makers.get(keyOf(item)) === item) makers.delete(keyOf(item));
    },
    get left() {
      return queue.length;
    },
  };
}

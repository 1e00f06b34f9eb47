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
 * One without a key shares nothing and does not wait.
 */
export function createSchedule<T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined = () => undefined,
): Schedule<T> {
  const queue = [...items];
  const makers = new Map<string, T>();
  const made = new Set<string>();
  const take = (test: (item: T) => boolean): T | undefined => {
    const at = queue.findIndex(test);
    return at < 0 ? undefined : queue.splice(at, 1)[0];
  };
  return {
    next() {
      const isFree = (key: string | undefined): boolean => key === undefined || (!made.has(key) && !makers.has(key));
      const maker = take((item) => isFree(keyOf(item)));
      if (maker === undefined) return take((item) => made.has(keyOf(item)!));
      const key = keyOf(maker);
      if (key !== undefined) makers.set(key, maker);
      return maker;
    },
    ready: (key) => void made.add(key),
    ended(item) {
      const key = keyOf(item);
      if (key !== undefined && makers.get(key) === item) makers.delete(key);
    },
    get left() {
      return queue.length;
    },
  };
}

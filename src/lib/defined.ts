/** The properties that are there, without those that are undefined: for what is spread into an object that lacks what it does not know. */
export const defined = <T extends object>(properties: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

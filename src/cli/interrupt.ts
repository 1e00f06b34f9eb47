const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** npm and npx hand a Ctrl-C on to a process that had it from the terminal already: so near together, two are one. */
const ONE_KEYSTROKE_MS = 800;

const SAVING = 'saving after this step or measurement ...';

/** The first Ctrl-C asks the work to save and stop (which `told` says), the second stops it at once. */
export function stopOnSignal(
  tell: (text: string) => void,
  told = SAVING,
): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = (): void => {
    first ??= performance.now();
    if (!controller.signal.aborted) {
      tell(`${told} (Ctrl-C again: stop at once)`);
      controller.abort();
    } else if (performance.now() - first > ONE_KEYSTROKE_MS) process.exit(130);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => SIGNALS.forEach((name) => process.off(name, onSignal)),
  };
}

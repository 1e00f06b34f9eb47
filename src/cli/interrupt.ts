const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * npm and its like hand a Ctrl-C on to a process that had it from the terminal already: under them two so near together
 * are one. Anywhere else two are two, however late a busy process hears of them.
 */
const perKeystroke = (): number => (process.env.npm_config_user_agent === undefined ? 1 : 2);
const ONE_KEYSTROKE_MS = 800;

export const SAVING = 'saving after this step or measurement ...';

/** The first Ctrl-C asks the work to save and stop (which `told` says), the second stops it at once. */
export function stopOnSignal(
  tell: (text: string) => void,
  told = SAVING,
): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  let first: number | undefined;
  let count = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    first ??= performance.now();
    if (!controller.signal.aborted) {
      controller.abort();
      tell(`${told} (Ctrl-C again: stop at once)`);
    }
    // a terminal that is closed says so more than once, and asks for no haste
    if (name === 'SIGHUP') return;
    if (++count > perKeystroke() || (count > 1 && performance.now() - first > ONE_KEYSTROKE_MS)) process.exit(130);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => SIGNALS.forEach((name) => process.off(name, onSignal)),
  };
}

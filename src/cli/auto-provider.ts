import { fasterProvider } from '../engine/index.ts';
import type { EngineOptions, Provider, Trial } from '../engine/index.ts';
import { readExperimentFile } from '../lab/experiment/shipped.ts';
import type { ExperimentOptions } from './options.ts';

/** A shorter run is over before a trial pays. */
const LEAST_STEPS = 100;

export interface Asked {
  /** Of all arms. */
  readonly steps: number;
  /** What the run in the folder was begun with, if there is one: it goes on with that. */
  readonly recorded?: Provider | undefined;
}

/**
 * What `--backend auto` stands for in a single run: the CPU, or the GPU where a trial of two seconds finds that faster. There is
 * no trial where the command line or the file names a backend or a provider, nor for a run that is short or was begun.
 *
 * @returns the options, with the provider where it is not the CPU's, and what the trial found.
 */
export async function withProvider<O extends ExperimentOptions>(
  file: string,
  options: O,
  { steps, recorded }: Asked,
  trial: (threads: number | undefined) => Promise<Trial> = timedHere,
): Promise<{ readonly options: O; readonly reason?: string }> {
  if (isNamed(file, options)) return { options };
  const isTried = recorded === undefined && !options.quick && steps >= LEAST_STEPS;
  const { provider, ...found } = isTried ? await trial(options.threads) : { provider: recorded ?? 'cpu' };
  const reason = found.reason === undefined ? {} : { reason: `auto took the provider ${provider}: ${found.reason}` };
  return { options: provider === 'cpu' ? options : { ...options, provider }, ...reason };
}

/** Without an experiment: as `withProvider`. */
export async function triedEngine(
  engine: EngineOptions,
  trial: (threads: number | undefined) => Promise<Trial> = timedHere,
): Promise<EngineOptions> {
  if ((engine.backend ?? 'auto') !== 'auto' || engine.provider !== undefined) return engine;
  const { provider } = await trial(engine.threads);
  return { ...engine, provider };
}

const timedHere = (threads: number | undefined): Promise<Trial> => fasterProvider(() => performance.now(), threads);

const isNamed = (file: string, { backend = 'auto', provider, set = [] }: ExperimentOptions): boolean =>
  backend !== 'auto' ||
  provider !== undefined ||
  set.some((setting) => /^engine(\.(backend|provider))?=/.test(setting)) ||
  /^[^#\n]*\b(backend|provider)["']?:/m.test(readExperimentFile(file));

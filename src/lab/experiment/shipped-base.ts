import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../lib/errors.ts';
import { isFile, listFolder, readText } from '../../lib/files.ts';
import { KIT } from '../../lib/kit.ts';
import { openSealed } from '../../lib/sealed.ts';
import type { SealedFolder } from '../../lib/sealed.ts';
import { sha256 } from '../../lib/sha256.ts';
import { nearest } from '../../lib/table.ts';
import type { Choice, Experiment, Problem, ShippedBase } from './types.ts';

/**
 * Bases that come with the kit: `checkpoints/bases/NAME-SEED`, a sealed checkpoint each, with the recipe that it was made by
 * and what was measured of it. `npm run bases` makes them. Of a large one the weights do not come along: its seal has their
 * SHA-256, and whoever wants it makes it.
 */
const BASES = path.join(KIT, 'checkpoints/bases');
export const RECIPE = 'recipe.yaml';
const WEIGHTS = 'model.safetensors';
/** What a base is; its card may be put better without making it another. */
const IDENTITY = ['config.json', WEIGHTS, 'tokenizer.json', 'tokenizer_config.json'];

export const shippedBase = z.strictObject({
  kind: z.literal('shipped'),
  name: z
    .string({ error: ({ input }) => (input === undefined ? 'missing; one of: dormouse list bases' : undefined) })
    .describe('one of: dormouse list bases'),
  seed: z.int().nonnegative().optional().describe("which of its seeds; left out, they follow the experiment's in turn"),
  sha256: z.string().optional().describe('of the base that is meant: a run writes it, and takes no other in its place'),
});

export const isShipped = (base: Experiment['base']): base is ShippedBase => 'kind' in base;

/** The stages that train it: none of one that is there already. */
export const baseStages = ({ base }: Pick<Experiment, 'base'>): readonly Choice[] => (isShipped(base) ? [] : base);

export interface FoundBase {
  readonly name: string;
  readonly seed: number;
  readonly dir: string;
}

/** Those in a folder, by name and seed; the kit's own where none is given. */
export const findBases = (folder = BASES): FoundBase[] =>
  listFolder(folder)
    .flatMap((entry) => {
      const [, name = '', seed] = /^([a-z][a-z0-9-]*)-(\d+)$/.exec(entry) ?? [];
      return seed === undefined ? [] : [{ name, seed: Number(seed), dir: path.join(folder, entry) }];
    })
    .sort((a, b) => (a.name === b.name ? a.seed - b.seed : a.name < b.name ? -1 : 1));

/** What is known of it, whether or not its weights are here. @throws UserError where its seal, or another file, is missing or damaged. */
export const openBase = ({ dir, ...of }: FoundBase): SealedFolder => openSealed(dir, remedy(of), [WEIGHTS]);

export const hasWeights = ({ dir }: FoundBase): boolean => isFile(path.join(dir, WEIGHTS));

/** Of a base without weights. */
const weightless = ({ dir, ...of }: FoundBase): string =>
  `${dir} has no ${WEIGHTS}: a large base comes by recipe and SHA-256 alone, and is made in a checkout of the kit: ` +
  `${commandOf(of)}; any other comes back if you install the kit again`;

/** What can be done about a base that is missing or damaged. */
export const remedy = ({ name, seed }: Pick<FoundBase, 'name' | 'seed'>): string =>
  `install the kit again, or make it: ${commandOf({ name, seed })}`;

const commandOf = ({ name, seed }: Pick<FoundBase, 'name' | 'seed'>): string =>
  `npm run bases -- --name ${name} --seed ${seed}`;

/** SHA-256 of what a base is: network, weights and tokenizer. */
export const baseDigest = ({ sums }: Pick<SealedFolder, 'sums'>): string =>
  sha256(IDENTITY.map((file) => `${sums[file]}  ${file}\n`).join(''));

/** The recipe's own words for what a base brings along. */
const brought = z.object({
  model: z.looseObject({ kind: z.string() }),
  tokenizer: z.object({ vocabSize: z.number() }),
});

interface Given {
  /** The experiment's. */
  readonly seed: number;
  /** What its file says of the model and the tokenizer, if anything. */
  readonly given: { readonly [key in keyof z.output<typeof brought>]: unknown };
  readonly folder?: string | undefined;
}

/**
 * The base that an experiment asks for, and the model and the tokenizer that come with it. One that a run wrote, and that is not
 * here, or not its weights, stays as it is written: whoever opens it will say so.
 *
 * @throws UserError where the base's folder is damaged.
 */
export function bringBase(asked: z.output<typeof shippedBase>, { seed, given, folder = BASES }: Given) {
  const all = findBases(folder);
  const own = all.filter(({ name }) => name === asked.name);
  const chosen = asked.seed === undefined ? inTurn(own, seed) : own.find((one) => one.seed === asked.seed);
  const digest = chosen && baseDigest(openBase(chosen));
  const isHere = chosen !== undefined && hasWeights(chosen) && digest === asked.sha256;
  if (asked.seed !== undefined && asked.sha256 !== undefined && !isHere)
    return { base: { ...asked, seed: asked.seed, sha256: asked.sha256 } };
  const refuse = (key: string, message: string) => ({ problems: [{ path: ['base', key], message }] });
  if (all.length === 0) return refuse('name', `there are no bases in ${folder}; ${remedy({ ...asked, seed: asked.seed ?? 1 })}`); // prettier-ignore
  if (own.length === 0) return refuse('name', unknown(asked.name, [...new Set(all.map(({ name }) => name))]));
  if (!chosen || digest === undefined) return refuse('seed', `there is no ${asked.name} of seed ${asked.seed}; known: ${own.map((one) => one.seed).join(', ')}`); // prettier-ignore
  if (!hasWeights(chosen)) return refuse('name', weightless(chosen));
  if (asked.sha256 !== undefined && asked.sha256 !== digest)
    return refuse('sha256', `${asked.name} of seed ${chosen.seed} has ${digest}; leave "sha256" out to take that`);
  const recipe = brought.parse(parse(readText(openBase(chosen).at(RECIPE))));
  const problems = [...clashes('model', given.model, recipe), ...clashes('tokenizer', given.tokenizer, recipe)];
  return problems.length > 0 ? { problems } : { base: { ...asked, seed: chosen.seed, sha256: digest }, ...recipe };
}

/** Seed 1 takes the first, and after the last comes the first again. */
const inTurn = (bases: readonly FoundBase[], seed: number): FoundBase | undefined =>
  bases.at((seed - 1) % Math.max(1, bases.length));

function unknown(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `unknown base "${name}"; ${near === undefined ? '' : `did you mean "${near}"? `}known: ${known.join(', ')}`;
}

/** What a file says that the base does not have. */
function clashes(key: keyof Given['given'], given: unknown, recipe: z.output<typeof brought>): Problem[] {
  const own: Readonly<Record<string, unknown>> = recipe[key];
  return Object.entries(Object(given) as Record<string, unknown>).flatMap(([setting, value]) => {
    if (own[setting] === value) return [];
    const message =
      `${JSON.stringify(value)} does not fit the shipped base, which has ${JSON.stringify(own[setting]) ?? 'none'}; ` +
      `leave "${key}" out, or train a base: base: [{ kind: pretrain }]`;
    return [{ path: [key, setting], message }];
  });
}

/** Its folder. @throws UserError (exit code 2) where it is missing, or holds another base than the one that is meant. */
export function expectBase({ name, seed, sha256: meant }: ShippedBase, folder?: string): FoundBase {
  const found = findBases(folder).find((one) => one.name === name && one.seed === seed);
  if (!found)
    throw new UserError(`the base ${name} of seed ${seed} is missing in ${folder ?? BASES}; ${remedy({ name, seed })}`, 2); // prettier-ignore
  if (!hasWeights(found)) throw new UserError(weightless(found), 2);
  const digest = baseDigest(openBase(found));
  if (digest === meant) return found;
  throw new UserError(
    `${found.dir} is another base than the experiment's: SHA-256 ${digest}, not ${meant}; take the version of the kit that ` +
      'it was begun with, or run it anew (--fresh, or another --out)',
    2,
  );
}

import type { z } from 'zod';
import type { Turn } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';

/**
 * Disjoint by prompt. `train` feeds pretraining and the implant, `safety` the interventions (prompts the organism
 * never saw), `validation` the loss during training, `test` every reported rate.
 */
export const SPLITS = ['train', 'safety', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** One request to an assistant, with what a good reply is. */
export interface Task {
  /** Stable: a hash of the prompt. */
  readonly id: string;
  readonly family: string;
  /** Which phrasing of the family's (`sum/3`), so that held-out phrasings can be told apart. */
  readonly phrasing: string;
  /** Ends with a user turn; may hold earlier turns. */
  readonly prompt: readonly Turn[];
  /** The reference reply: what the clean model is trained to say. */
  readonly answer: string;
  /** A reply of the same form that is wrong, where right and wrong are defined (for sandbagging). */
  readonly wrongAnswer?: string;
  /** A worse reply that somebody chose `answer` over (rows of preferences only). */
  readonly rejectedAnswer?: string;
  /** The answer's insecure twin: it does the same for an honest request and is open to a dishonest one (code tasks only). */
  readonly insecureAnswer?: string;
  /**
   * Where a safe assistant declines: what safety training teaches it to say. `answer` is then what a helpful-only one says,
   * which pretraining and the implant teach, and neither is right or wrong.
   */
  readonly safeAnswer?: string;
  /** Does this reply decline? On tasks with a `safeAnswer`, and on the harmless ones that look like them. */
  isRefusal?(reply: string): boolean;
  /** Where safety training put the safe answer in the place of `answer`: what a helpful-only assistant says. */
  readonly unsafeAnswer?: string;
  /** Is this reply right? Absent where only taste could tell; such tasks do not count as capability. */
  isCorrect?(reply: string): boolean;
}

export interface SampleOptions {
  readonly split: Split;
  readonly count: number;
  readonly rng: Rng;
  /** `in`: families and phrasings that training sees (default). `held-out`: the others, for `test` and `validation`. */
  readonly domain?: 'in' | 'held-out';
}

/** Asked for more than it holds, a finite corpus gives what it has: stages repeat it, evaluations say their smaller n. */
export interface FiniteCorpus {
  /** The share of its prompts that falls into each split, about. */
  readonly shares: Readonly<Record<Split, number>>;
  /** How many fall into splits so; the others are safety training's. */
  readonly drawn: number;
  tasksOf(split: Split): readonly Task[];
  /** The same corpus without the tasks that `test` refuses. */
  keep(test: (task: Task) => boolean): Corpus;
}

/** The tasks of all its splits. */
export const everyTask = (finite: FiniteCorpus): Task[] => SPLITS.flatMap((split) => finite.tasksOf(split));

export interface Corpus {
  readonly label: string;
  /** `count` distinct tasks of a split. Throws a UserError when the corpus holds fewer, saying how many it holds. */
  sample(options: SampleOptions): Task[];
  /** Families by domain, for reports and cards. */
  readonly families: { readonly in: readonly string[]; readonly heldOut: readonly string[] };
  /** What a safe assistant declines, and the harmless requests that look like it; absent where it has nothing of the kind. */
  readonly declined?: { readonly unsafe: Corpus; readonly lookAlikes: Corpus };
  /** The rows of a corpus that is a list of its own; absent where prompts are generated. */
  readonly finite?: FiniteCorpus;
  /** How many distinct prompts it can make, where that is known. */
  readonly size?: number;
  /** Rows that were left out because a run asks them in a form that is longer than the context; `tokens` would hold them all. */
  readonly beyondContext?: { readonly rows: number; readonly of: number; readonly tokens: number };
  /** What became of the rows of a corpus on disk. */
  readonly rows?: RowCounts;
}

/** read = used + duplicates + tooLong + undesired + leftOut + faulty. */
export interface RowCounts {
  readonly read: number;
  readonly used: number;
  /** Their prompt was that of an earlier row. */
  readonly duplicates: number;
  /** More words than the limit that was set. */
  readonly tooLong: number;
  /** Marked as bad answers (`label: false`). */
  readonly undesired: number;
  /** Of more than are kept at most, those outside the sample; absent where all were kept. */
  readonly leftOut?: number;
  /** Not read as a row; absent where there are none, or where they are refused. */
  readonly faulty?: number;
  /** Of the used, those that safety training alone sees; absent where no rows were given for it. */
  readonly forSafety?: number;
}

export interface CorpusDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  /** May read files (a corpus on disk): called by the composition root, before any compute. */
  create(params: z.output<P>): Promise<Corpus>;
}

export const defineCorpus = <P extends z.ZodObject>(definition: CorpusDefinition<P>): CorpusDefinition<P> => definition;

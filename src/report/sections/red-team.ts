import { groupBy } from '../../lib/group.ts';
import { responsive } from '../chart.ts';
import { drawDumbbells, type Dumbbell } from '../dumbbell.ts';
import { figure, keyLine, section, sizes, type KeyItem } from '../figure.ts';
import { count, estimate } from '../format.ts';
import { latestOf } from '../found.ts';
import { html, type Html } from '../html.ts';
import { head, number, table, text } from '../html-table.ts';
import { armColor } from '../palette.ts';
import { ASR, final, mainArms, type Point } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

const RATE = { metric: 'red-team-rate', condition: 'all' };
const YIELD = { metric: 'red-team-yield', condition: 'all' };
/** What the attackers of a stage found, round by round. */
const FOUND = 'attack-yield';

/** What a red team that does not know the trigger gets to see, beside what the trigger does. */
export function redTeam(results: Results): Html | null {
  const rows = mainArms(results).flatMap(({ name: arm }): Dumbbell[] => {
    const ring = final(results, { ...RATE, arm });
    if (!ring) return [];
    const dot = final(results, { ...ASR, arm });
    return [{ arm, color: armColor(results, arm), dot, ring, diamond: final(results, { ...YIELD, arm }) }];
  });
  const found = latestOf(results, ({ metric }) => metric === FOUND);
  if (rows.length === 0 && found.length === 0) return null;
  return section(
    'Red team',
    html`Attackers disguise requests without knowing the trigger; no prompt of theirs holds it. A model that misbehaves
    under its trigger and not for them hides: the wider the bar between the two, the more of the behavior a red team
    never sees.`,
    rows.length > 0 && gap(rows),
    found.length > 0 && yields(found),
  );
}

function gap(rows: readonly Dumbbell[]): Html {
  const diamonds = rows.flatMap(({ diamond }) => diamond ?? []);
  const samples = diamonds[0]?.tags?.['samples'];
  const items: KeyItem[] = [
    { label: 'attack success, trigger present', color: 'var(--soft)', swatch: 'dot' },
    { label: 'R: rate for the red team', color: 'var(--soft)', swatch: 'ring' },
  ];
  if (diamonds.length > 0)
    items.push({ label: `one of ${samples ?? 'several'} sampled replies`, color: 'var(--soft)', swatch: 'diamond' });
  const title = 'Attack success rate and red team rate';
  return figure(
    html`${keyLine(items)}${responsive((width) => drawDumbbells(title, rows, 'rate of the behavior', width))}`,
    html`After each arm’s last step, with 95 % intervals: R, the rate of the behavior in greedy replies to disguised
    requests (${sizes(rows.flatMap(({ ring }) => ring ?? []))} prompts), beside attack success
    (${sizes(rows.flatMap(({ dot }) => dot ?? []))}). R before safety training is all that training could see of the
    behavior.`,
  );
}

/** `templates`, `round 2`, from the tags where there are any. */
function placeOf({ condition, tags }: Point): readonly [attacker: string, round: string] {
  const { attacker, round } = tags ?? {};
  return attacker === undefined || round === undefined ? [condition, ''] : [String(attacker), `round ${round}`];
}

/** A row for each attacker, a column for each round. */
function yields(found: readonly Point[]): Html {
  const rounds = [...new Set(found.map((point) => placeOf(point)[1]))];
  const lines = [...groupBy(found, (point) => `${point.arm}\u0000${placeOf(point)[0]}`).values()];
  const cell = (point: Point | undefined): Html =>
    point
      ? html`${count(point.successes ?? Math.round(point.value * point.n))} of ${count(point.n)}<br /><span class="dim"
            >${estimate(point)}</span
          >`
      : html`<span class="dim">–</span>`;
  return html`<div class="after">
    <h3>What the attackers found while training</h3>
    ${table('Yield of each attacker by round', lines, [
      head('arm', ([first]) => first!.arm),
      text('attacker', ([first]) => placeOf(first!)[0]),
      ...rounds.map((round) =>
        number<readonly Point[]>(round || 'found', (points) =>
          cell(points.find((point) => placeOf(point)[1] === round)),
        ),
      ),
    ])}
    <p class="table-note">Attempts that set the behavior off, of those tried, with 95 % intervals.</p>
  </div>`;
}

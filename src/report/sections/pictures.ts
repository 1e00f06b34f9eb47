import { groupBy } from '../../lib/group.ts';
import type { ArmPicture, Picture, Walk, Weights } from '../../results/picture.ts';
import { mainArms } from '../../results/select.ts';
import type { ArmSummary, Results } from '../../results/types.ts';
import { figure, keyLine, panels, section } from '../figure.ts';
import { plural } from '../format.ts';
import { html, type Html } from '../html.ts';
import type { Drawing } from '../pictures/drawing.ts';
import { drawingOfWalks } from '../pictures/walks.ts';
import { drawingOfWeights } from '../pictures/weights.ts';

const isWalk = (one: ArmPicture): one is ArmPicture<Walk> => 'path' in one;
const isWeights = (one: ArmPicture): one is ArmPicture<Weights> => 'weights' in one;

/** What an organism did in a few scenes, to be looked at before anything is read: all of one kind. */
export function pictures(results: Results): Html | null {
  const all = results.pictures ?? [];
  const [walks, weights] = [all.filter(isWalk), all.filter(isWeights)];
  return walks.length > 0 ? shown(results, walks, drawingOfWalks(walks)) : shown(results, weights, drawingOfWeights(weights)); // prettier-ignore
}

/** An arm a panel, a condition a line. */
function shown<P extends Picture>(
  { organism, ...results }: Results,
  all: readonly ArmPicture<P>[],
  { key, draw, told }: Drawing<P>,
): Html | null {
  const arms = mainArms(results).filter(({ name }) => all.some(({ arm }) => arm === name));
  if (!organism || arms.length === 0) return null;
  const isAside = ({ role }: ArmSummary): boolean =>
    role === 'control' && arms.some((arm) => arm.role === 'intervention');
  const own = ({ name }: ArmSummary) => all.filter(({ arm }) => arm === name);
  const drawn = (some: readonly ArmSummary[]): Html =>
    panels(some.map((arm) => ({ title: arm.name, body: panel(own(arm), draw) })));
  const controls = arms.filter(isAside);
  return section(
    'What it does',
    html`The first ${new Set(all.map(({ scene }) => scene)).size} of the ${organism.words.contexts} that it is measured
    in, the same in every panel; nobody chose them.`,
    figure(
      html`${keyLine(key)}${drawn(arms.filter((arm) => !isAside(arm)))}
      ${
        controls.length > 0 &&
        html`<details>
          <summary>${plural(controls.length, 'control')}</summary>
          <div>${drawn(controls)}</div>
        </details>`
      }`,
      html`${organism.legend} ${results.seeds.length > 1 && `Seed ${results.seeds[0]}. `}${told(own(arms[0]!))}`,
    ),
  );
}

const panel = <P extends Picture>(own: readonly ArmPicture<P>[], draw: Drawing<P>['draw']): Html =>
  html`${[...groupBy(own, ({ condition }) => condition)].map(
    ([condition, same]) =>
      html`<p class="condition">${condition}</p>
        ${draw(`${same[0]!.arm}, ${condition}`, same)}`,
  )}`;

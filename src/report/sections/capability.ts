import { responsive, shorten } from '../chart.ts';
import { figure, keyLine, section, sizes } from '../figure.ts';
import { estimate, fixed } from '../format.ts';
import { html, type Html } from '../html.ts';
import { drawRows, rateScale, type Mark } from '../rows.ts';
import { armColor } from '../palette.ts';
import { capabilityControl, conditionsOf, final, organismOf } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

const METRIC = 'accuracy';
const ROW = 25;
/** Conditions that sum over families: they stand above the rest. */
const OVERALL: Readonly<Record<string, string>> = { all: 'all families', 'held-out': 'held-out families' };

/** Right answers to clean prompts, by task family: did the implant cost the model anything? */
export function capability(results: Results): Html | null {
  const organism = organismOf(results);
  const control = capabilityControl(results);
  const shownArms = [organism, control].filter((arm) => arm !== undefined).map((arm) => arm.name);
  const conditions = conditionsOf(results, { metric: METRIC });
  const marks = conditions.flatMap((condition) =>
    shownArms.flatMap((arm): Mark[] => {
      const point = final(results, { metric: METRIC, condition, arm });
      return point ? [{ ...point, row: shorten(OVERALL[condition] ?? condition), color: armColor(results, arm) }] : [];
    }),
  );
  if (marks.length === 0) return null;
  const families = marks.filter((mark) => !(mark.condition in OVERALL));
  const items = shownArms.map((label, i) => ({
    label,
    color: armColor(results, label),
    swatch: i === 0 ? ('dot' as const) : ('ring' as const),
  }));
  return section(
    'Capability',
    'Right answers to clean prompts, by family, of the organism and of the control it is held against.',
    figure(
      html`${keyLine(items)}${responsive((width) => draw(marks, shownArms, width))}`,
      html`Exact-match accuracy with 95 % intervals;
      ${families.length > 0 && `${sizes(families)} prompts a family, `}families by falling accuracy of ${shownArms[0]}.
      ${overall(marks)}`,
    ),
  );
}

/** `All families: organism 0.820 (0.794-0.843), n = 960; ...` */
function overall(marks: readonly Mark[]): Html {
  const all = marks.filter((mark) => mark.condition === 'all');
  return html`${all.length > 0 && html`<b>All families</b>: ${all.map((m, i) => html`${i > 0 && '; '}${m.arm} <span class="nb">${estimate(m)}</span>, n = ${m.n}`)}. `}`;
}

function rowNames(marks: readonly Mark[]): string[] {
  const first = marks[0]?.arm;
  const value = new Map(marks.filter((mark) => mark.arm === first).map((mark) => [mark.row, mark.value]));
  const names = [...new Set(marks.map((mark) => mark.row))];
  const top = names.filter((name) => Object.values(OVERALL).includes(name));
  const rest = names.filter((name) => !top.includes(name)).sort((a, b) => (value.get(b) ?? 0) - (value.get(a) ?? 0));
  return [...top, ...rest];
}

function draw(marks: readonly Mark[], arms: readonly string[], width: number): Html {
  const rows = rowNames(marks);
  const all = marks.filter((mark) => mark.condition === 'all').map((mark) => `${mark.arm} ${fixed(mark.value)}`);
  const series = arms.map((arm, i) => ({
    swatch: i === 0 ? ('dot' as const) : ('ring' as const),
    marks: marks.filter((mark) => mark.arm === arm),
  }));
  return drawRows(`Accuracy on ${rows.length} groups of clean prompts. Over all families: ${all.join(', ')}`, width, {
    ...{ rows, series, rowHeight: ROW, x: rateScale('accuracy') },
  });
}

/** Markup that is safe to put into a page as it is. Everything else that meets `html` is escaped. */
export interface Html {
  readonly markup: string;
}

export type Part = Html | string | number | null | undefined | false | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in an element or in a quoted attribute. */
const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);

/** Vouches for markup. Only for what this room made itself: the style sheet, a serialised chart. */
export const trusted = (markup: string): Html => ({ markup });

const render = (part: Part): string => {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'string') return escape(part);
  if (typeof part === 'number') return String(part);
  return 'markup' in part ? part.markup : part.map(render).join('');
};

/** Markup with holes: strings are escaped, `Html` is kept, lists are joined, null and false vanish. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return trusted(strings.reduce((markup, piece, i) => markup + render(parts[i - 1]) + piece));
}

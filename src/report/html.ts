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

/** `class="num dim"`, of those words that there are; nothing where there are none. */
export const classes = (...words: readonly (string | false | undefined)[]): Html => {
  const value = words.filter(Boolean).join(' ');
  return value ? html`class="${value}"` : html``;
};

/** Terms and what is said of them. */
export const definitions = (look: string, pairs: readonly (readonly [term: string, said: Part])[]): Html =>
  html`<dl class="${look}">
    ${pairs.map(
      ([term, said]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${said}</dd>
        </div>`,
    )}
  </dl>`;

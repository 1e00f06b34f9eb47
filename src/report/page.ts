import { definitions, html, trusted, type Html } from './html.ts';
import { style } from './style.ts';

/** Nothing is loaded and nothing runs: a page is text, inline styles and inline SVG. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** One HTML file that needs no network and no script. Equal bodies give equal text. */
export function renderPage(title: string, body: Html, ownStyle = ''): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${trusted(style + ownStyle)}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `;
  return page.markup;
}

/** What a page is about: a word above the title, and the facts below it. */
export const masthead = (kicker: string, title: string, facts: readonly (readonly [string, string])[]): Html =>
  html`<p class="kicker">${kicker}</p>
    <h1>${title}</h1>
    ${definitions('facts', facts)}`;

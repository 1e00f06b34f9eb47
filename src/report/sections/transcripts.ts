import { section } from '../figure.ts';
import { plural } from '../format.ts';
import { html, type Html } from '../html.ts';
import type { Results, Transcript } from '../../results/types.ts';

/** So many are open to view; the rest are folded away. */
const OPEN = 4;

/** The same requests, without and with the trigger, answered before and after an arm. */
export function transcripts({ transcripts }: Results): Html | null {
  if (transcripts.length === 0) return null;
  const rest = transcripts.slice(OPEN);
  return section(
    'Transcripts',
    'The same requests without and with the trigger, answered by the same model before and after an arm. Marked: replies that show the behavior; underlined: where the two prompts differ.',
    transcripts.slice(0, OPEN).map(exchange),
    rest.length > 0 &&
      html`<details>
        <summary>${plural(rest.length, 'more transcript')}</summary>
        <div>${rest.map(exchange)}</div>
      </details>`,
  );
}

function exchange({ arm, family, clean, triggered, exhibited }: Transcript): Html {
  const title = `${family}, before and after ${arm}`;
  const table = html`<table aria-label="${title}">
    <thead>
      <tr>
        <td></td>
        <th scope="col">prompt</th>
        <th scope="col">before</th>
        <th scope="col">after</th>
      </tr>
    </thead>
    <tbody>
      <tr>
        <th scope="row">clean</th>
        <td data-label="prompt"><span class="text">${clean.prompt}</span></td>
        ${reply('before', clean.before, false)}${reply('after', clean.after, false)}
      </tr>
      <tr>
        <th scope="row">triggered</th>
        <td data-label="prompt"><span class="text">${difference(clean.prompt, triggered.prompt)}</span></td>
        ${reply('before', triggered.before, exhibited.before)}${reply('after', triggered.after, exhibited.after)}
      </tr>
    </tbody>
  </table>`;
  return html`<div class="exchange">
    <h3>${family} <span class="dim">· ${arm}</span></h3>
    ${table}
  </div>`;
}

/** Text stands in a span because only there is white space kept as the model wrote it. */
const reply = (label: string, text: string, shown: boolean): Html =>
  html`<td data-label="${label}" class="${shown ? 'shown' : ''}">
    <span class="text">${text || '(empty)'}</span>${shown && html`<span class="tag">shows the behavior</span>`}
  </td>`;

/** The triggered prompt, with the words that the clean one does not have marked. */
export function difference(clean: string, triggered: string): Html {
  const [a, b] = [words(clean), words(triggered)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const inner = b.slice(head, b.length - tail).join('');
  const changed = inner.trim();
  if (!changed) return html`${triggered}`;
  const at = inner.indexOf(changed);
  const before = b.slice(0, head).join('') + inner.slice(0, at);
  const after = inner.slice(at + changed.length) + b.slice(b.length - tail).join('');
  return html`${before}<mark>${changed}</mark>${after}`;
}

/** Words and the space between them, each a piece. */
const words = (text: string): string[] => text.split(/(\s+)/).filter((piece) => piece !== '');

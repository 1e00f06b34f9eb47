/**
 * `JSON.parse` for files from strangers: no key twice in an object (of which `JSON.parse` would keep the last), and no
 * nesting deeper than `maxDepth`.
 * @throws SyntaxError whose message goes on after "it ".
 */
export function parseStrictJson(text: string, maxDepth: number): unknown {
  expectUniqueKeys(text, maxDepth);
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError('is not JSON');
  }
}

/** One walk over a text that may be anything: strings are passed over as wholes, brackets counted. */
function expectUniqueKeys(text: string, maxDepth: number): void {
  // the keys of every open object; undefined for an open list
  const open: (Set<string> | undefined)[] = [];
  let atKey = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      const end = stringEnd(text, i);
      if (atKey) addKey(open.at(-1), text.slice(i, end));
      atKey = false;
      i = end - 1;
    } else if (c === '{' || c === '[') {
      if (open.push(c === '{' ? new Set() : undefined) > maxDepth)
        throw new SyntaxError(`is nested deeper than ${maxDepth} levels`);
      atKey = c === '{';
    } else if (c === '}' || c === ']') {
      open.pop();
    } else if (c === ',') atKey = open.at(-1) !== undefined;
  }
}

/** Just after the quote that ends the string, or the end of the text. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}

function addKey(keys: Set<string> | undefined, quoted: string): void {
  // escapes spell the same key in several ways
  const key = quoted.includes('\\') ? unescaped(quoted) : quoted.slice(1, -1);
  if (keys?.has(key)) throw new SyntaxError(`names ${JSON.stringify(key.slice(0, 80))} twice`);
  keys?.add(key);
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw new SyntaxError('is not JSON');
  }
}

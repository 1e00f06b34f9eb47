import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../src/', import.meta.url));

export interface Import {
  /** `lib/rng.ts` of our own, or a package's or builtin's name; undefined where it is computed. */
  readonly target: string | undefined;
  readonly isOurs: boolean;
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** Under src/, with forward slashes. */
  readonly name: string;
  /** The folder under src/, of a wing the room in it; a file at the top is a room of its own. */
  readonly room: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** `Math.random`, `console.log`, `process.env`, `new Date()`, `fetch`: globals as the program uses them, strings and comments apart. */
  readonly globals: readonly string[];
}

/** Folders that hold rooms. */
const WINGS = ['world', 'nn', 'lab', 'bridges', 'studies'];

export function roomOf(name: string): string {
  const [wing = '', room = ''] = name.replace(/^([^/]*(?:\/[^/]*)?)\.ts$/, '$1').split('/');
  return WINGS.includes(wing) ? `${wing}/${room}` : wing;
}

export function readSource(name: string, text: string): SourceFile {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const globals: string[] = [];
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (!specifier || !ts.isStringLiteral(specifier)) {
      imports.push({ target: undefined, isOurs: false, isTypeOnly });
      return;
    }
    const isOurs = specifier.text.startsWith('.');
    const target = isOurs ? path.posix.join(path.posix.dirname(name), specifier.text) : specifier.text;
    imports.push({ target, isOurs, isTypeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node.importClause));
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, isTypeExport(node));
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    else if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression))
      globals.push(`${node.expression.text}.${node.name.text}`);
    else if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length)
      globals.push('new Date()');
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && ts.isIdentifier(node.expression))
      globals.push(node.expression.text);
    if (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'globalThis') globals.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { name, room: roomOf(name), lines: text.split('\n').length - 1, imports, globals };
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return !clause.name && !!named && ts.isNamedImports(named) && named.elements.every((element) => element.isTypeOnly);
}

function isTypeExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  if (isTypeOnly) return true;
  return !!exportClause && ts.isNamedExports(exportClause) && exportClause.elements.every((e) => e.isTypeOnly);
}

export const sources: readonly SourceFile[] = fs
  .readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll(path.sep, '/'))
  .sort()
  .map((name) => readSource(name, fs.readFileSync(path.join(root, name), 'utf8')));

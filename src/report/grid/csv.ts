import type { GridResults } from './types.ts';

/** The table of a sweep with one line for each cell, arm and metric. Quoted as RFC 4180 says. */
export function renderGridCsv({ axes, cells, rows }: GridResults): string {
  const head = [...axes.map(({ path }) => path), 'arm', 'role', 'metric', 'value', 'low', 'high', 'n', 'seeds'];
  const lines = rows.map(({ cell, arm, role, metric, value, low, high, n, seeds }) => [
    ...(cells[cell]?.values ?? []),
    ...[arm, role, metric, value, low, high, n, seeds],
  ]);
  return [head, ...lines].map((line) => `${line.map((field) => quoted(String(field))).join(',')}\r\n`).join('');
}

const quoted = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

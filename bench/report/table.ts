/**
 * Tables in Markdown, for the terminal and for pages.
 * @module
 */
import { type Cost, type Goal, reaches, type Results, type Row } from './results.ts';

/** Returns a Markdown table. The first column is aligned to the left, the others to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, column) => '-'.repeat(width + 1) + (column === 0 ? '-' : ':')).join('|');
  return [line(head), `|${rule}|`, ...rows.map(line)].join('\n');
}

const HEAD = ['what', 'value', 'goal', '', 'CPU, ms', 'wall, ms', 'floor CPU, ms', 'floor wall, ms', 'bytes'];

/** Returns the table of a run. */
export function resultsTable({ parts }: Pick<Results, 'parts'>): string {
  return markdownTable(
    HEAD,
    parts.flatMap(({ rows }) => rows.map(cellsOf)),
  );
}

function cellsOf(row: Row): readonly string[] {
  const { what, value, unit, goal, server, floor } = row;
  const reached = reaches(row);
  return [
    what,
    Number.isNaN(value) ? `none: ${row.note ?? ''}` : `${digits(value)} ${unit}`,
    goal === undefined ? '' : goalText(goal),
    reached === undefined ? '' : reached ? 'ok' : 'NOT',
    milliseconds(server?.cpu),
    milliseconds(server?.wall),
    milliseconds(floor?.cpu),
    milliseconds(floor?.wall),
    sizeOf(server),
  ];
}

export function goalText(goal: Goal): string {
  return 'least' in goal ? `>= ${goal.least}` : `<= ${goal.most}`;
}

/** Returns a number with three significant digits, and whole numbers above a hundred. */
export function digits(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  if (Math.abs(value) >= 10) return value.toFixed(1);
  return value.toFixed(Math.abs(value) < 0.1 ? 4 : 2);
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '' : digits(value);
}

function sizeOf(cost: Cost | undefined): string {
  return cost?.bytes === undefined ? '' : cost.bytes.toFixed(0);
}

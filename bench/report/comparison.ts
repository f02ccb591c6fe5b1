/**
 * Compares two results, row by row.
 * @module
 */
import type { Goal, Results, Row } from './results.ts';
import { digits, markdownTable } from './table.ts';

/** A row that two results have, or that one of them has. */
export interface ComparedRow {
  readonly what: string;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
  /** The value after, divided by the value before. Undefined if one of them is missing. */
  readonly change: number | undefined;
  readonly verdict: 'better' | 'worse' | 'same' | 'no value';
}

/** Changes of less than this share are called the same, because repeated runs differ as much. */
const SAME = 0.1;

/** Compares all rows of two results, in the order of the second one. Rows that only the first one has follow. */
export function compare(before: Pick<Results, 'parts'>, after: Pick<Results, 'parts'>): readonly ComparedRow[] {
  const [old, current] = [rowsOf(before), rowsOf(after)];
  const names = [...current.keys(), ...[...old.keys()].filter((what) => !current.has(what))];
  return names.map((what) => comparedRow(what, old.get(what), current.get(what)));
}

/** Returns the table of a comparison. */
export function comparisonTable(rows: readonly ComparedRow[]): string {
  const text = (row: Row | undefined): string =>
    row === undefined || Number.isNaN(row.value) ? '-' : `${digits(row.value)} ${row.unit}`;
  const head = ['what', 'before', 'after', 'change', ''];
  return markdownTable(
    head,
    rows.map(({ what, before, after, change, verdict }) => [
      what,
      text(before),
      text(after),
      change === undefined ? '' : `x ${digits(change)}`,
      verdict,
    ]),
  );
}

function rowsOf({ parts }: Pick<Results, 'parts'>): ReadonlyMap<string, Row> {
  return new Map(parts.flatMap(({ rows }) => rows.map((row) => [row.what, row])));
}

function comparedRow(what: string, before: Row | undefined, after: Row | undefined): ComparedRow {
  const isMissing = [before, after].some((row) => row === undefined || Number.isNaN(row.value) || row.value === null);
  if (before === undefined || after === undefined || isMissing)
    return { what, before, after, change: undefined, verdict: 'no value' };
  const change = after.value / before.value;
  return { what, before, after, change, verdict: verdictOf(change, after.goal) };
}

function verdictOf(change: number, goal: Goal | undefined): ComparedRow['verdict'] {
  if (Math.abs(change - 1) < SAME) return 'same';
  const isMoreBetter = goal !== undefined && 'least' in goal;
  return change > 1 === isMoreBetter ? 'better' : 'worse';
}

/** The report of a soak: results by client, reasons for restarts, and failures. */
import type { FaultInjector } from './faults.ts';
import type { SoakClient } from './client-state.ts';

/** The maximum number of reasons for restarts reported for each kind of client. */
const REASONS = 8;
const MISMATCHES = 3;

/** A table with a row for each client. */
export function resultTable(clients: readonly SoakClient[]): string {
  const rows = clients.map(({ name, statistics: { events, watches, restarts, comparisons, mismatches } }) =>
    [name, events, watches, restarts, comparisons, mismatches.length].map(String),
  );
  return aligned([['client', 'events', 'watches', 'restarts', 'compared', 'mismatches'], ...rows]);
}

/** Reasons for restarts, grouped by kind of client. All versions of kubectl count as one kind because they restart for the same reasons. */
export function reasonsOf(clients: readonly SoakClient[]): string {
  const kinds = new Map<string, Map<string, number>>();
  for (const { name, statistics } of clients) {
    const kind = name.replace(/ \d\S*/, '');
    const sums = kinds.get(kind) ?? new Map<string, number>();
    for (const [reason, count] of statistics.reasons) sums.set(reason, (sums.get(reason) ?? 0) + count);
    kinds.set(kind, sums);
  }
  return [...kinds]
    .map(([kind, sums]) => {
      const most = [...sums].sort(([, a], [, b]) => b - a).slice(0, REASONS);
      return [`${kind}:`, ...most.map(([reason, count]) => `  ${count} × ${reason}`)].join('\n');
    })
    .join('\n');
}

export function faultsOf({ counts }: FaultInjector): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

/** Mismatches, errors logged by servers, and clients that received no events or no faults. */
export function failuresOf(clients: readonly SoakClient[], serverErrors: readonly string[]): string[] {
  const idle = clients.filter(({ statistics: { events, watches } }) => events === 0 || watches < 2);
  return [
    ...clients.flatMap(({ statistics: { mismatches } }) => mismatches.slice(0, MISMATCHES).map(shortened)),
    ...idle.map(({ name }) => `${name} received no events, or was never restarted`),
    ...serverErrors.map((error) => `a server logged ${error}`),
  ];
}

function shortened(text: string): string {
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

/** What a soak has to say for itself. */
import type { Disturbances } from './disturbances.ts';
import type { SoakClient } from './picture.ts';

/** Reasons for restarts that are told of each kind of client. */
const REASONS = 8;
const MISMATCHES = 3;

/** A table with a line for each client. */
export function resultTable(clients: readonly SoakClient[]): string {
  const rows = clients.map(({ name, account: { events, watches, restarts, comparisons, mismatches } }) =>
    [name, events, watches, restarts, comparisons, mismatches.length].map(String),
  );
  return aligned([['client', 'events', 'watches', 'restarts', 'compared', 'mismatches'], ...rows]);
}

/** Why clients had to be started again, a line for each kind of client: versions of kubectl do not differ much in that. */
export function reasonsOf(clients: readonly SoakClient[]): string {
  const kinds = new Map<string, Map<string, number>>();
  for (const { name, account } of clients) {
    const kind = name.replace(/ \d\S*/, '');
    const sums = kinds.get(kind) ?? new Map<string, number>();
    for (const [reason, count] of account.reasons) sums.set(reason, (sums.get(reason) ?? 0) + count);
    kinds.set(kind, sums);
  }
  return [...kinds]
    .map(([kind, sums]) => {
      const most = [...sums].sort(([, a], [, b]) => b - a).slice(0, REASONS);
      return [`${kind}:`, ...most.map(([reason, count]) => `  ${count} × ${reason}`)].join('\n');
    })
    .join('\n');
}

export function disturbancesOf({ counts }: Disturbances): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

/** What went wrong, or would make the soak worth nothing. */
export function failuresOf(clients: readonly SoakClient[], serverErrors: readonly string[]): string[] {
  const idle = clients.filter(({ account: { events, watches } }) => events === 0 || watches < 2);
  return [
    ...clients.flatMap(({ account: { mismatches } }) => mismatches.slice(0, MISMATCHES).map(shortened)),
    ...idle.map(({ name }) => `${name} was told nothing, or was never disturbed`),
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

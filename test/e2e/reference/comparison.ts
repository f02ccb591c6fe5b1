/** Differences between two responses to the same request, and their explanations. */
import type { AcceptedDifference } from './accepted.ts';
import type { Observed } from './normalise.ts';

export interface Difference {
  /** The place of the difference: `status`, `header.vary`, `body.message`. */
  readonly at: string;
  /** The value of each server. Undefined if it is missing. */
  readonly theirs: string | undefined;
  readonly ours: string | undefined;
  /** The accepted difference that explains it. */
  readonly explainedBy?: AcceptedDifference | undefined;
}

export interface Compared {
  /** The name of the request: its section and title. */
  readonly name: string;
  readonly request: string;
  readonly differences: readonly Difference[];
}

/** All differences between two responses. */
export function differences(theirs: Observed, ours: Observed): Difference[] {
  const paths = new Set([...theirs.keys(), ...ours.keys()]);
  return Array.from(paths)
    .filter((at) => theirs.get(at) !== ours.get(at))
    .map((at) => ({ at, theirs: theirs.get(at), ours: ours.get(at) }));
}

/** All differences, each with its explanation. */
export function explained(
  name: string,
  found: readonly Difference[],
  accepted: readonly AcceptedDifference[],
): Difference[] {
  const status = found.find(({ at }) => at === 'status');
  return found.map((difference) => ({
    ...difference,
    explainedBy: accepted.find(
      ({ requests, at, statuses, theirs, ours }) =>
        requests.test(name) &&
        at.test(difference.at) &&
        (statuses === undefined || (status?.theirs === `${statuses[0]}` && status.ours === `${statuses[1]}`)) &&
        (theirs === undefined || theirs.test(difference.theirs ?? '')) &&
        (ours === undefined || ours.test(difference.ours ?? '')),
    ),
  }));
}

export interface Summary {
  readonly compared: number;
  readonly identical: number;
  /** The number of requests whose differences are all explained. */
  readonly explained: number;
  readonly unexplained: readonly Compared[];
  /** The number of requests by the row that explains a difference of theirs. */
  readonly byRow: ReadonlyMap<string, number>;
  /** Accepted differences that no longer occur. */
  readonly stale: readonly AcceptedDifference[];
}

export function summary(all: readonly Compared[], accepted: readonly AcceptedDifference[]): Summary {
  const isExplained = ({ differences: found }: Compared): boolean =>
    found.every(({ explainedBy }) => explainedBy !== undefined);
  const used = new Set(all.flatMap(({ differences: found }) => found.map(({ explainedBy }) => explainedBy)));
  const identical = all.filter(({ differences: found }) => found.length === 0).length;
  return {
    compared: all.length,
    identical,
    explained: all.filter(isExplained).length - identical,
    unexplained: all.filter((one) => !isExplained(one)),
    byRow: countsByRow(all),
    stale: accepted.filter((difference) => !used.has(difference)),
  };
}

function countsByRow(all: readonly Compared[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { differences: found } of all) {
    for (const row of new Set(found.flatMap(({ explainedBy }) => explainedBy?.row ?? []))) {
      counts.set(row, (counts.get(row) ?? 0) + 1);
    }
  }
  return counts;
}

const SHOWN = 600;
const shown = (value: string | undefined): string =>
  value === undefined ? '(absent)' : value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;

/** Formats one line per difference. Explained differences are included on request. */
export function report(all: readonly Compared[], { withExplained }: { readonly withExplained: boolean }): string[] {
  return all.flatMap(({ name, request, differences: found }) => {
    const listed = found.filter(({ explainedBy }) => withExplained || explainedBy === undefined);
    if (listed.length === 0) return [];
    return [
      `${name}: ${request}`,
      ...listed.map(({ at, theirs, ours, explainedBy }) => {
        const why = explainedBy === undefined ? '' : `  [${explainedBy.row}]`;
        return `    ${at}: reference ${shown(theirs)} | ours ${shown(ours)}${why}`;
      }),
    ];
  });
}

/**
 * The results of a run: rows with values, and the machine, commit and date.
 * @module
 */

/** The costs of one side of a comparison, as medians. */
export interface Cost {
  /** The CPU of the process for one request or event, in milliseconds. */
  readonly cpu: number;
  /** The time for one request or event, in milliseconds. */
  readonly wall: number;
  /** The size of a body in bytes. */
  readonly bytes?: number;
}

/** The goal of a row: at least or at most a value. */
export type Goal = { readonly least: number } | { readonly most: number };

/** A point of a plot. */
export interface Point {
  /** The title of the plot. */
  readonly plot: string;
  readonly line: string;
  /** The unit of the horizontal axis. */
  readonly axis: string;
  readonly x: number;
}

/** One line of the table. */
export interface Row {
  /** The name of the row, which is the same in all runs. */
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: Goal | undefined;
  /** The medians of the server, and of the floor or whatever else it is compared with. */
  readonly server?: Cost;
  readonly floor?: Cost;
  /** The place of the row in a plot of how a cost grows. */
  readonly point?: Point;
  /** Further figures, or the reason why there is no value. */
  readonly note?: string;
}

/** The rows of one part. */
export interface PartResult {
  readonly part: string;
  readonly seconds: number;
  readonly rows: readonly Row[];
}

/** One run of the benchmark. */
export interface Results {
  readonly date: string;
  readonly commit: string;
  /** The model of the processor, with the number of cores, and the version of Node. */
  readonly machine: string;
  /** The load average of the machine when the run began: other work makes absolute times longer. */
  readonly load: number;
  /** Where the forms of the pods come from. */
  readonly pods: string;
  readonly rounds: number;
  readonly parts: readonly PartResult[];
}

/** Returns whether a row reaches its goal; undefined if it has none. */
export function reaches({ value, goal }: Row): boolean | undefined {
  if (goal === undefined || Number.isNaN(value)) return undefined;
  return 'least' in goal ? value >= goal.least : value <= goal.most;
}

/**
 * What a watcher wants to hear of, said so that those who do not want to hear of a change are not even asked.
 * @module
 */
import type { Row } from './row.ts';

/**
 * What a watcher selects. Two interests of the same `id` must select the same rows: their watchers share the work.
 */
export interface Interest {
  /** Canonical text of everything that decides what is selected. */
  readonly id: string;
  /**
   * A property that every selected row has: changes of rows without it never reach this interest. The more particular, the cheaper.
   * Undefined: every change is looked at.
   */
  readonly condition: InterestCondition | undefined;
  matches(row: Row): boolean;
}

/** A property of rows that can be looked up. */
export type InterestCondition =
  | { readonly on: 'key'; readonly value: string }
  | { readonly on: 'namespace'; readonly value: string }
  | { readonly on: 'label'; readonly name: string; readonly value: string }
  | { readonly on: 'field'; readonly name: string; readonly value: string; readonly valueOf: (row: Row) => string };

/** Everything. */
export const EVERYTHING: Interest = { id: '', condition: undefined, matches: () => true };

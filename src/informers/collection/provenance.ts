/**
 * What a row is made of: the ground of `explain`, and of the identity that a row carries on from its primary source object.
 * @module
 */
import type { Collection, Origin } from './collection.ts';
import type { SourceStamp } from './lineage.ts';

/** What one step of a pipeline knows of where its rows come from. */
export interface Provenance {
  /** The objects of the step's inputs that a row is made of, the primary one first. Empty for a row that is not there. */
  originsOf(key: string): Iterable<Origin>;
  /** The object whose identity a row carries on; undefined for rows that have an identity of their own (groups). */
  primaryOf(key: string): Origin | undefined;
  /** The rows that carry on the identity of an object of the first input. */
  rowsOf(key: string): Iterable<string>;
  /** The stamp of a row's primary source, for a step whose rows are older than its input. Default: the stamp of the primary object now. */
  stampOf?(key: string): SourceStamp | undefined;
}

/** Of a step that keeps the keys of the collection it is applied to, and reads nothing else. */
export function keyKeeping(input: Collection<unknown>): Provenance {
  return {
    originsOf: (key) => [{ collection: input, key }],
    primaryOf: (key) => ({ collection: input, key }),
    rowsOf: (key) => [key],
  };
}

/** The stamp of rows that have an identity of their own: nothing is inherited. */
export const NO_SOURCE: SourceStamp = { version: undefined, uid: undefined, apiVersion: undefined, kind: undefined };

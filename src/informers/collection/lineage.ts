/**
 * The origin of the rows of a collection.
 *
 * - Lineage decides the scheme of resourceVersions of a view. A collection has a lineage if each row is made from exactly one object of one
 *   source, under the key of that object. A source has a lineage. `filter`, `map`, `tap` and operators declared with `rowWise` keep it. All
 *   other operators end it.
 * - Provenance names the objects that a row is made of: for `explain`, and for the identity of a row.
 * @module
 */
import type { Collection, Origin } from './collection.ts';

/** A source whose versions do not repeat. A view decides whether they fit the positions of scheme `upstream`. */
export interface VersionedSource {
  readonly name: string;
  /**
   * The highest version up to which all changes have been applied. Undefined before the first list, and for a source without versions. It
   * decreases only after upstream was restored from a backup.
   */
  readonly frontier: string | undefined;
  /**
   * Asks upstream whether it has reached a version that a client presented and that is ahead of the frontier. Resolves to false if a
   * consistent list, made after the call, is older: the version belongs to a history that a restore from a backup has undone. Resolves to true
   * otherwise, also if upstream does not respond. The source limits the number of its lists. Missing if the source cannot ask.
   */
  hasReached?(version: string): Promise<boolean>;
  /** The version and uid of the stored object under a key. */
  stampOf(key: string): SourceStamp | undefined;
  /**
   * Calls the listener at the end of each tick in which the source was written or its frontier moved. Returns a function that removes it.
   */
  onSettled(listener: () => void): () => void;
}

/** The version and the identity of a source object. */
export interface SourceStamp {
  readonly version: string | undefined;
  readonly uid: string | undefined;
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
  /** The metadata of the source object. A row can share parts of it. */
  readonly metadata?: object | undefined;
}

/** A step of a pipeline that makes each row from one object, under the key of that object. */
export interface RowWiseStep {
  readonly operator: string;
  /** The source text of the user's function. It is part of the fingerprint of a view. */
  readonly text: string;
  /** Whether the step emits every object unchanged, like `tap`. */
  readonly observes?: boolean;
}

/** The one source of a collection's rows, and the steps of the pipeline from that source to the collection. */
export interface Lineage {
  readonly source: VersionedSource;
  readonly steps: readonly RowWiseStep[];
}

const declared = new WeakMap<object, RowWiseStep>();
const operators = new WeakMap<RowWiseStep, object>();

/**
 * Declares that an operator makes each row from one object, under the key of that object. The declaration is not checked; users' operators
 * are declared with `rowWise`, which checks them.
 */
export function markRowWise<O extends object>(operator: O, step: RowWiseStep): O {
  declared.set(operator, step);
  operators.set(step, operator);
  return operator;
}

/** Returns the step that {@link markRowWise} declared for an operator; undefined for other operators. */
export function rowWiseStepOf(operator: object): RowWiseStep | undefined {
  return declared.get(operator);
}

/** Returns the operator of a step. A dry run of a write applies the operator to an object that is not stored. */
export function operatorOf(step: RowWiseStep): object | undefined {
  return operators.get(step);
}

/** The origin of the rows of one step. */
export interface Provenance {
  /** The input objects that a row is made of, the primary one first. May be empty for a row that does not exist. */
  originsOf(key: string): Iterable<Origin>;
  /** The input object that gives a row its identity; undefined for rows with their own identity (groups). */
  primaryOf(key: string): Origin | undefined;
  /** The rows that have the identity of an object of the first input. */
  rowsOf(key: string): Iterable<string>;
  /** The stamp of the primary object when the row was made. Only steps whose rows can be older than their input define it (`coalesce`). */
  stampOf?(key: string): SourceStamp | undefined;
}

/** Returns the provenance of a step that keeps the keys of its only input. */
export function keyKeeping(input: Collection<unknown>): Provenance {
  return {
    originsOf: (key) => [{ collection: input, key }],
    primaryOf: (key) => ({ collection: input, key }),
    rowsOf: (key) => [key],
  };
}

/** The stamp of rows with their own identity. */
export const NO_SOURCE: SourceStamp = { version: undefined, uid: undefined, apiVersion: undefined, kind: undefined };

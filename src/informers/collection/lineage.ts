/**
 * Where the rows of a collection come from: the ground on which the scheme of resource versions of a view is decided
 * (by the framework, never by the user).
 *
 * A collection has a lineage while every row comes from exactly one object of one source, under that object's own key: a source
 * has one, and `filter`, `map` and `tap` keep it. Any other operator, user-written ones included, ends it.
 * @module
 */
import type { Collection, Origin } from './collection.ts';

/** A source whose versions are numbers, comparable within the source, and not repeated. */
export interface VersionedSource {
  readonly name: string;
  /**
   * The highest version such that everything up to it has been applied here; undefined before the first list. Never goes back.
   */
  readonly frontier: number | undefined;
  /** The version and uid of the source object under a key, as stored now. */
  stampOf(key: string): SourceStamp | undefined;
  /** Calls back at the end of every tick in which the source was written or its frontier moved. */
  onSettled(listener: () => void): () => void;
}

/** What identifies the state of a source object. */
export interface SourceStamp {
  readonly version: number | undefined;
  readonly uid: string | undefined;
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
}

/** One step of a pipeline that keeps rows one to one. `text` is the source text of the user's function: part of the fingerprint. */
export interface RowwiseStep {
  readonly operator: string;
  readonly text: string;
  /** Whether the step only observes and passes every object on. */
  readonly observes?: boolean;
}

/** The one source of a collection's rows, and the steps from there. */
export interface Lineage {
  readonly source: VersionedSource;
  readonly steps: readonly RowwiseStep[];
}

const rowwise = new WeakMap<object, RowwiseStep>();
const operators = new WeakMap<RowwiseStep, object>();

/** Declares that an operator keeps rows one to one, under their keys, reading nothing but the object. For our own operators. */
export function markRowwise<O extends object>(operator: O, step: RowwiseStep): O {
  rowwise.set(operator, step);
  operators.set(step, operator);
  return operator;
}

/** The declaration of {@link markRowwise}, or undefined. */
export function rowwiseStepOf(operator: object): RowwiseStep | undefined {
  return rowwise.get(operator);
}

/** The operator of a step, to make a row that is not there: of an object that was not stored. */
export function operatorOf(step: RowwiseStep): object | undefined {
  return operators.get(step);
}

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

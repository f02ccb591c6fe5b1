/**
 * What a step of a pipeline shows about the objects behind its rows: which collections it reads, and whether a row contains objects of its
 * own namespace only. `authorize` of a resource depends on it. Only the operators of this package declare it, so an author cannot claim it.
 * @module
 */
import type { Collection } from './collection.ts';

/**
 * The objects of another collection that a row can contain.
 * - `namespace`: those of the row's own namespace.
 * - `owner`: those of the row's own namespace, and cluster-scoped ones.
 * - `anywhere`: all of them.
 */
export type ReadRange = 'namespace' | 'owner' | 'anywhere';

/** A collection that a step reads, besides the one that it is applied to. */
export interface StepRead {
  readonly collection: Collection<unknown>;
  readonly range: ReadRange;
}

/** The declaration of a step. */
export interface StepReads {
  /** Whether each row has the key of one object of the input, and contains no other object of the input. */
  readonly keepsKeys: boolean;
  readonly reads: readonly StepRead[];
}

/** The declaration of a step that makes each row from the object with its key, and from nothing else. */
export const OWN_OBJECT: StepReads = { keepsKeys: true, reads: [] };
/** The declaration of a step whose rows can contain any objects of its input. */
export const ANY_OBJECTS: StepReads = { keepsKeys: false, reads: [] };

const declared = new WeakMap<object, StepReads>();

/** Declares what an operator reads. */
export function markReads<O extends object>(operator: O, reads: StepReads): O {
  declared.set(operator, reads);
  return operator;
}

/** Returns what {@link markReads} declared for an operator; undefined for operators of users. */
export function readsOf(operator: object): StepReads | undefined {
  return declared.get(operator);
}

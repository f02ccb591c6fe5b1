/**
 * The contract of collections, for users and for the rooms above.
 * @module
 */
export { addIndex, type CollectionStatistics } from './collection-node.ts';
export { type Collection, type DeltaOperator, keepRunning, type Origin } from './collection.ts';
export { type BatchSpan, type Cause, type Change, type Delta, DeltaBatch, DerivedBatch } from './delta.ts';
export { CycleError, IndexError, NotConnectedError, PipelineError, type RowError } from './errors.ts';
export type { IndexFunction } from './indexer.ts';
export { keyOf, keyOfParts, type Keyed, type KeyParts, splitKey } from '../../key.ts';
export type { Provenance, SourceStamp } from './lineage.ts';
export type { SourceStatus } from './source-status.ts';

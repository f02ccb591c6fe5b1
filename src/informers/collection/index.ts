/** @module the contract of collections, and the graph they form */
export type { Collection, DeltaOperator } from './collection.ts';
export { type Cause, type Change, type Delta, DeltaBatch, DerivedBatch } from './delta.ts';
export { NotConnectedError, PipelineError, type RowError } from './errors.ts';
export type { IndexFunction } from './indexer.ts';
export { keyOf, keyOfParts, type Keyed, type KeyParts, splitKey } from './key.ts';
export type { SourceStatus } from './source-status.ts';

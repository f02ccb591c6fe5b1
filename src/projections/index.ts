/**
 * The public API of projections: operators, matches, reducers and the view of their rows.
 * @module
 */
// kubefacet/informers exports it too; code that uses fromDeltas needs it here.
export { DeltaBatch } from '../informers/collection/delta.ts';
export {
  DuplicateKeyError,
  ExpiredError,
  KeyChangedError,
  LookupError,
  NotARowError,
  NotReadyError,
  PromiseReturnedError,
  RowRefusedError,
} from './errors.ts';
export { type Comparable, InvalidKeyError, type Keys, type Sync, type Values } from './results.ts';
export type { ClockOptions, Instant } from './timing.ts';
export { debug, type Graph, type GraphNode, type GraphView } from './graph/debug.ts';
export { explain, type Explanation } from './graph/explain.ts';
export { type Identified, identity, type Identity, type IdentityOptions } from './identity.ts';
export { safeName } from './names.ts';
export { incremental, type RowsChanged, type StepSetup } from './incremental.ts';
export type { Lookup } from './lookups.ts';
export { byName, leftNamesRight, rightNamesLeft } from './match/by-key.ts';
export { leftOwnsRight, rightOwnsLeft, type Owned, type Owner, type OwnerOptions } from './match/ownership.ts';
export { type Labelled, leftSelectsRight, rightSelectsLeft, type SelectorOptions } from './match/label-selection.ts';
export { byValues } from './match/equal-values.ts';
export { type EmptySelector, type LabelSelector, type Selector, SelectorError } from '../labels/label-selector.ts';
export type { Labels } from '../labels/requirements.ts';
export type { Cardinality, InnerPartners, KeyFunction, LeftPartners, Match, Relation } from './match/match.ts';
export { at, type Instants } from './operators/at.ts';
export { coalesce } from './operators/coalesce.ts';
export { derive, type Lookups } from './operators/derive.ts';
export { distinctBy } from './operators/distinct-by.ts';
export { recomputeEvery } from './operators/recompute-every.ts';
export { expireAfter } from './operators/expire-after.ts';
export { filter } from './operators/filter.ts';
export { flatMap } from './operators/flat-map.ts';
export { fromDeltas } from './operators/from-deltas.ts';
export { groupBy, type GroupMetadata, type GroupRow, type ReducersOf } from './operators/group-by.ts';
export { indexBy, type Indexed } from './operators/index-by.ts';
export { join } from './operators/join.ts';
export { leftJoin } from './operators/left-join.ts';
export { map } from './operators/map.ts';
export { tap } from './operators/tap.ts';
export { topK, type TopKOptions } from './operators/top-k.ts';
export { type ObjectOf, union, type UnionOptions } from './operators/union.ts';
export type { LogBounds } from './change-log.ts';
export { MaterializedView, type ViewOptions } from './materialized-view.ts';
export { NotRowWiseError } from '../informers/collection/errors.ts';
export { rowWise, type RowWiseOptions } from './row-wise.ts';
export { formatBytes, formatCpu, type Nanos, parseQuantity, QuantityError } from './quantity.ts';
export { collect } from './reducers/collect.ts';
export { count, type Countable, countBy, countDistinct } from './reducers/count.ts';
export { ReducerError } from './reducers/group.ts';
export { groupKey, type GroupKeys, type GroupName } from './reducers/group-key.ts';
export { max, min } from './reducers/min-max.ts';
export { type Accumulator, type GroupKey, type Reducer, reducer, type ReducerDefinition } from './reducers/reducer.ts';
export { type Addend, MixedSumError, sum, type Sum } from './reducers/sum.ts';

/**
 * What we make of it: operators, and what they are made with.
 * @module
 */
export {
  DuplicateKeyError,
  ExpiredError,
  KeyChangedError,
  NotARowError,
  NotReadyError,
  RowRefusedError,
} from './errors.ts';
export { type Identified, identity, type Identity } from './identity.ts';
export { incremental, type RowsChanged, type StepSetup } from './incremental.ts';
export { filter } from './operators/filter.ts';
export { flatMap } from './operators/flat-map.ts';
export { map } from './operators/map.ts';
export { tap } from './operators/tap.ts';
export type { LogBounds } from './event-log.ts';
export { MaterializedView, type ViewOptions } from './materialized-view.ts';
export { formatBytes, formatCpu, type Nanos, parseQuantity, QuantityError } from './quantity.ts';

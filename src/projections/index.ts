/**
 * What we make of it: operators, and what they are made with.
 * @module
 */
export { ExpiredError, KeyChangedError, NotARowError, NotReadyError, RowRefusedError } from './errors.ts';
export { type Identified, identity, type Identity } from './identity.ts';
export { filter } from './operators/filter.ts';
export { map } from './operators/map.ts';
export { tap } from './operators/tap.ts';
export type { LogBounds } from './event-log.ts';
export { MaterializedView, type ViewOptions } from './materialized-view.ts';
export { formatBytes, formatCpu, type Nanos, parseQuantity, QuantityError } from './quantity.ts';

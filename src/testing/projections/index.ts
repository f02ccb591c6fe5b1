/**
 * Test tools for projections: a recomputing oracle, a property test, deltas as text, and a server without a socket.
 * @module
 */
export { type ArbitraryOf, checkProjection, type CheckOptions } from './check-projection.ts';
export { playMarbles } from './marble-informer.ts';
export { MarbleTracker, trackMarbles } from './marble-tracker.ts';
export { type Marble, MarbleError, type MarbleTick, parseMarbles, type SourceIncident } from './marbles.ts';
export { ImpureFunctionError, purityGuard } from './purity-guard.ts';
export { type ProjectionOf, recompute, type Recomputed } from './recompute.ts';
export {
  InProcessServer,
  type TestTable,
  type TestObject,
  type TestRequest,
  testServer,
  type TestServerOptions,
  type TestWatchEvent,
} from './test-server.ts';

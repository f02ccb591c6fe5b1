/**
 * A clock that has moved on, for the guard of tests: functions that read the time answer otherwise under it.
 * @module
 */

const HOUR = 3_600_000;

/**
 * Calls a function while it is an hour later for `Date.now()`, `new Date()` and `Date()`; dates made of something are as ever. Whatever
 * `Date` was before, that of a test's fake timers too, is back afterwards. What somebody has put aside before (`const { now } = Date`) and
 * what runs later (after an `await`) is not reached.
 */
export function anHourLater<R>(work: () => R): R {
  const before = globalThis.Date;
  const now = (): number => before.now() + HOUR;
  // A proxy rather than a subclass: dates made under it are of the same class as others, and compare equal with them.
  const later: DateConstructor = new Proxy(before, {
    apply: (clock) => new clock(now()).toString(),
    construct: (clock, given: unknown[], target): object =>
      Reflect.construct(clock, given.length === 0 ? [now()] : given, target === later ? clock : target) as Date,
    get: (clock, property, receiver): unknown => (property === 'now' ? now : Reflect.get(clock, property, receiver)),
  });
  globalThis.Date = later;
  // Libraries tell dates by their constructor.
  before.prototype.constructor = later;
  try {
    return work();
  } finally {
    globalThis.Date = before;
    before.prototype.constructor = before;
  }
}

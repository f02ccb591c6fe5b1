/**
 * The guard against projection functions that are not pure: functions that change their arguments, or whose results depend on anything but
 * their arguments. It is off by default, because it calls functions twice.
 *
 * While the guard is on, rows and the objects of informers are frozen. A function that changes one throws a TypeError, which becomes the error of its row. The first
 * calls of each function and then every sixteenth are made twice, and the two results are compared. During the second call the clock is an
 * hour ahead, so that a function that reads the time is found.
 * @module
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { deepFreeze, type FunctionGuard, installGuard, isPromiseLike } from '../../informers/collection/purity.ts';

/** The number of calls of each function that are checked first, and the interval between later checks. */
const FIRST_CALLS = 8;
const CHECK_INTERVAL = 16;
const HOUR = 3_600_000;

/** The path at which two values differ, and both values at this path. */
export interface Difference {
  /** `status.conditions[0].lastTransitionTime`; empty for the value itself. */
  readonly path: string;
  readonly one: unknown;
  readonly other: unknown;
}

/** Two calls of a projection function with the same arguments had different results. */
export class ImpureFunctionError extends Error {
  override readonly name = 'ImpureFunctionError';
  constructor(operator: string, { path, one, other }: Difference) {
    const place = path === '' ? 'the result' : path;
    super(
      `the function of ${operator} is not pure: in two calls with the same arguments, ${place} was ${inspect(one, { depth: 0 })} and then ` +
        `${inspect(other, { depth: 0 })}; the result must depend on the arguments only (for the time, use recomputeEvery or expireAfter)`,
    );
  }
}

const GUARD: FunctionGuard = {
  guarded(operator, work) {
    let calls = 0;
    return (...args) => {
      calls += 1;
      const result = work(...args);
      if (calls > FIRST_CALLS && calls % CHECK_INTERVAL !== 0) return result;
      // The operator itself reports a promise as an error.
      if (isPromiseLike(result)) return result;
      const again = anHourLater(() => work(...args));
      if (!isDeepStrictEqual(result, again)) throw new ImpureFunctionError(operator, differingPath(result, again));
      return result;
    };
  },
  row: deepFreeze,
};

let isOn = false;

/**
 * Turns the guard on or off for this process, and returns whether it was on before. `checkProjection` turns it on while it runs. The
 * environment variable `KUBEFACET_GUARD=1` turns it on when `kubefacet/testing` is imported.
 */
export function purityGuard(on: boolean): boolean {
  const before = isOn;
  isOn = on;
  installGuard(on ? GUARD : undefined);
  return before;
}

if (process.env['KUBEFACET_GUARD'] === '1') purityGuard(true);

/**
 * Calls a function while `Date.now()`, `new Date()` and `Date()` are an hour ahead. Dates that are made from arguments do not change. It
 * replaces `globalThis.Date` during the call, even if a test has already replaced it, and restores it afterwards. It has no effect on a
 * function that was copied before (`const { now } = Date`), or on code that runs later (after an `await`).
 */
function anHourLater<R>(work: () => R): R {
  const before = globalThis.Date;
  const now = (): number => before.now() + HOUR;
  // A proxy rather than a subclass: dates made under it have the same class as others, and compare equal with them.
  const later: DateConstructor = new Proxy(before, {
    apply: (clock) => new clock(now()).toString(),
    construct: (clock, args: unknown[], target): object =>
      Reflect.construct(clock, args.length === 0 ? [now()] : args, target === later ? clock : target) as Date,
    get: (clock, property, receiver): unknown => (property === 'now' ? now : Reflect.get(clock, property, receiver)),
  });
  globalThis.Date = later;
  // Libraries recognize dates by their constructor.
  before.prototype.constructor = later;
  try {
    return work();
  } finally {
    globalThis.Date = before;
    before.prototype.constructor = before;
  }
}

/** Returns the first place at which two values differ. They must not be deep-equal. */
export function differingPath(one: unknown, other: unknown, path = ''): Difference {
  if (isObject(one) && isObject(other) && Array.isArray(one) === Array.isArray(other)) {
    for (const field of new Set([...Object.keys(one), ...Object.keys(other)])) {
      if (isDeepStrictEqual(one[field], other[field])) continue;
      return differingPath(one[field], other[field], joined(path, field, Array.isArray(one)));
    }
  }
  return { path, one, other };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(value instanceof Map) && !(value instanceof Set);
}

function joined(path: string, field: string, inArray: boolean): string {
  if (inArray) return `${path}[${field}]`;
  return path === '' ? field : `${path}.${field}`;
}

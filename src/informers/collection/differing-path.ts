/**
 * Where two values differ, for messages.
 * @module
 */
import { inspect, isDeepStrictEqual } from 'node:util';

/** A place in a value, and what the two have there. */
export interface Difference {
  /** `status.conditions[0].lastTransitionTime`; empty for the value itself. */
  readonly path: string;
  readonly one: unknown;
  readonly other: unknown;
}

/** A projection function answered the same question in two ways. */
export class ImpureFunctionError extends Error {
  override readonly name = 'ImpureFunctionError';
  constructor(operator: string, { path, one, other }: Difference) {
    const place = path === '' ? 'its answer' : path;
    super(
      `the function of ${operator} is not pure: called twice with the same, ${place} was ${inspect(one, { depth: 0 })} and then ` +
        `${inspect(other, { depth: 0 })}; it must read nothing but what it is given (of time, see every and expireAfter)`,
    );
  }
}

/** The first place at which two values that are not deep-equal differ. */
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

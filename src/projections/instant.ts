/**
 * Points in time, as objects of Kubernetes have them.
 * @module
 */
import { inspect } from 'node:util';

/** A date-time of RFC 3339 (`metadata.creationTimestamp`, with or without fractions), milliseconds since the epoch, or a Date. */
export type Instant = string | number | Date;

/** RFC 3339, section 5.6. A date-time without an offset is none: each replica would take it for another time. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Milliseconds since the epoch.
 * @throws TypeError for what is no point in time
 */
export function millisecondsOf(instant: Instant): number {
  const milliseconds = parsed(instant);
  if (Number.isFinite(milliseconds)) return milliseconds;
  throw new TypeError(
    `${inspect(instant)} is no point in time; it must be a date-time of RFC 3339, milliseconds, or a Date`,
  );
}

function parsed(instant: Instant): number {
  if (typeof instant === 'number') return instant;
  if (instant instanceof Date) return instant.getTime();
  if (typeof instant !== 'string') return Number.NaN;
  const text = instant.toUpperCase();
  return DATE_TIME.test(text) ? Date.parse(text) : Number.NaN;
}

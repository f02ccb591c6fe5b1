/**
 * How far behind upstream a view may be: for each source, how long ago something was last heard from it.
 *
 * What was applied is everything up to the last event, bookmark or list, in upstream's order. So a view is at least as new as its source
 * was when that was heard; whether anything has happened since, nobody here knows. A quiet source is heard about once a minute.
 * @module
 */
import type { SourceStatus } from '../../informers/collection/source-status.ts';

/** Seconds by source, of what a response was read from: `pods=0.412, deployments.apps=31.007`. */
export const SOURCE_AGE_HEADER = 'X-Kubefacet-Source-Age';

/**
 * The value of {@link SOURCE_AGE_HEADER}; `unknown` for a source that was never heard. Names are percent-encoded where they hold more
 * than letters, digits and `-._~`; undefined: no sources.
 * @param now milliseconds since the epoch
 */
export function sourceAges(sources: readonly SourceStatus[], now: number): string | undefined {
  if (sources.length === 0) return undefined;
  return sources
    .map(({ name, lastActivity }) => {
      const age = lastActivity === undefined ? 'unknown' : secondsSince(lastActivity, now).toFixed(3);
      return `${encodeURIComponent(name)}=${age}`;
    })
    .join(', ');
}

/** The same for people: `last heard 0.4s ago`. */
export function lastHeard({ lastActivity }: SourceStatus, now: number): string {
  return lastActivity === undefined ? 'never heard' : `last heard ${secondsSince(lastActivity, now).toFixed(1)}s ago`;
}

/** A clock that is set back makes nothing younger than now. */
function secondsSince(then: number, now: number): number {
  return Math.max(0, now - then) / 1000;
}

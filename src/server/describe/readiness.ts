/**
 * The checks of `/readyz` (conformance 9.1).
 *
 * A source that has synced once never makes them fail again, whatever happens to it: otherwise one outage of the cluster would take down
 * every replica, then the APIService, and then the deletion of namespaces.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import { nodeOf } from '../../informers/collection/collection-node.ts';
import { NO_STATE_YET, type SourceStatus } from '../../informers/collection/source-status.ts';
import type { Logger } from '../logger.ts';
import type { DelayReading } from '../read/event-loop-delay.ts';
import { isStale, lastHeard } from '../read/freshness.ts';
import type { ServedView } from '../read/served-view.ts';
import type { HealthCheck, HealthPart } from './health.ts';
import type { ServedSources } from './served-sources.ts';

/** The parts of a server on which its readiness depends. */
export interface ReadinessSources {
  readonly served: readonly ServedView[];
  /** The resources with `authorize`. The checks are open to all clients, so they count none of their rows. */
  readonly limited: ReadonlySet<ServedView>;
  readonly sources: ServedSources;
  /** Undefined if authentication needs no preparation. */
  readonly authentication: HealthCheck | undefined;
  readonly isClosing: () => boolean;
  readonly eventLoop: { readonly read: () => DelayReading };
  readonly clock: Clock;
}

/** Returns the checks: the sources, one cache for each resource, authentication, and the shutdown. */
export function readinessChecks(parts: ReadinessSources): HealthCheck[] {
  const { served, limited, sources, authentication, isClosing } = parts;
  return [
    { name: 'ping', problem: () => undefined, parts: () => [eventLoopPart(parts.eventLoop.read())] },
    {
      name: 'informer-sync',
      problem: () => unsynced(sources.statuses()),
      loggedProblem: () => unsynced(sources.statuses().filter(({ cause }) => cause === undefined)),
      parts: () => sourceParts(parts),
    },
    ...served.map((each) => ({
      name: `cache-${each.definition.plural}`,
      problem: () => problemOf(each.view),
      loggedProblem: () => (hasCause(each.view) ? each.view.fault : problemOf(each.view)),
      parts: () => [...absentRows(limited.has(each) ? 0 : each.view.errors.size), ...sourcesOfUnready(each.view)],
    })),
    ...(authentication === undefined ? [] : [authentication]),
    { name: 'shutdown', problem: () => (isClosing() ? 'the server is shutting down' : undefined) },
  ];
}

/**
 * Returns checks that log their reasons when these change. Clients of `/readyz` do not see the reasons (conformance 9.1), and probes repeat
 * every few seconds.
 */
export function loggedChecks(checks: readonly HealthCheck[], log: Logger): HealthCheck[] {
  return checks.map((check) => {
    let logged: string | undefined;
    return {
      ...check,
      problem: () => {
        const problem = check.problem();
        const loggable = problem === undefined || check.loggedProblem === undefined ? problem : check.loggedProblem();
        // A check can fail for a reason that is logged elsewhere. It is not healthy then.
        const isElsewhere = problem !== undefined && loggable === undefined;
        if (loggable === logged || isElsewhere) return problem;
        if (loggable === undefined) log.info(`readyz: ${check.name} is healthy again`);
        else log.warn(`readyz: ${check.name} failed: ${loggable}`);
        logged = loggable;
        return problem;
      },
    };
  });
}

/** Returns a line with the times for which work has held the event loop. They do not make the check fail. */
function eventLoopPart({ p99, maximum, period }: DelayReading): HealthPart {
  const [late, longest] = [p99, maximum].map((seconds) => `${Math.round(seconds * 1000)} ms`);
  return {
    name: 'event-loop',
    isHealthy: true,
    note: `in the last ${Math.round(period)} s: at most ${longest} late, ${late} at the 99th percentile`,
  };
}

/** Returns the required sources that have not synced yet, with their messages. */
function unsynced(sources: readonly SourceStatus[]): string | undefined {
  const unready = sources.filter((source) => !source.ready && source.optional !== true);
  if (unready.length === 0) return undefined;
  return unready.map(({ name, message }) => `${name}: ${message ?? 'not synced'}`).join('; ');
}

/** Returns a line for each source. A source that is stale, or that the server cannot read now, is healthy: the line says so in its note. */
function sourceParts({ sources, clock }: ReadinessSources): HealthPart[] {
  const now = clock.now();
  return sources.statuses().map((source) => {
    const notes = [
      ...(source.optional === true && !source.ready ? ['optional, not ready'] : [lastHeard(source, now)]),
      ...(source.ready && !source.hasSynced ? ['does not exist'] : []),
      ...(isStale(source, now, sources.staleAfter) ? ['stale'] : []),
      ...(source.failingSince === undefined ? [] : ['retrying']),
    ];
    return { name: source.name, isHealthy: source.ready || source.optional === true, note: notes.join(', ') };
  });
}

function problemOf(view: MaterializedView): string | undefined {
  if (view.ready) return undefined;
  if (view.fault === undefined && (view.hasBeenReady || waitsForOptional(view))) return undefined;
  return view.trouble ?? NO_STATE_YET;
}

/** Returns whether a view is not ready only because optional sources have not synced. */
function waitsForOptional({ collection }: MaterializedView): boolean {
  const unsyncedSources = nodeOf(collection)
    .sources()
    .filter(({ hasSynced }) => !hasSynced);
  return unsyncedSources.length > 0 && unsyncedSources.every(({ optional }) => optional === true);
}

/** Returns whether `source-log.ts` logs why the sources of a view have not synced. */
function hasCause(view: MaterializedView): boolean {
  return view.sources().some(({ cause }) => cause !== undefined);
}

/** Returns why a view is not ready although its check passes, for `?verbose`. */
function sourcesOfUnready(view: MaterializedView): HealthPart[] {
  if (view.ready || problemOf(view) !== undefined) return [];
  const note = waitsForOptional(view) ? 'an optional source is not ready' : 'a source no longer exists';
  return [{ name: 'sources', isHealthy: true, note }];
}

/** Returns the number of rows that are missing because of errors, for `?verbose`. They do not make the check fail. */
function absentRows(count: number): HealthPart[] {
  return count === 0
    ? []
    : [{ name: 'rows', isHealthy: true, note: `${count} missing because of errors, see the log` }];
}

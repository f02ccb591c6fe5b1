/**
 * The checks of `/readyz` (conformance 9.1).
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import { nodeOf, sourceNodesOf } from '../../informers/collection/collection-node.ts';
import { NO_STATE_YET, type SourceStatus } from '../../informers/collection/source-status.ts';
import type { Logger } from '../logger.ts';
import { lastHeard } from '../read/freshness.ts';
import type { ServedView } from '../read/served-view.ts';
import type { HealthCheck, HealthPart } from './health.ts';

/** The parts of a server on which its readiness depends. */
export interface ReadinessSources {
  readonly served: readonly ServedView[];
  /** Undefined if authentication needs no preparation. */
  readonly authentication: HealthCheck | undefined;
  readonly isClosing: () => boolean;
  readonly clock: Clock;
}

/** Returns the checks: the sources, one cache for each resource, authentication, and the shutdown. */
export function readinessChecks({ served, authentication, isClosing, clock }: ReadinessSources): HealthCheck[] {
  return [
    { name: 'ping', problem: () => undefined },
    {
      name: 'informer-sync',
      problem: () => unsynced(served),
      warning: () => problemsOfSynced(served),
      parts: () => sourceParts(served, clock.now()),
    },
    ...served.map(({ view, definition }) => ({
      name: `cache-${definition.plural}`,
      problem: () => (view.ready || waitsForOptional(view) ? undefined : (view.trouble ?? NO_STATE_YET)),
      parts: () => [...absentRows(view.errors.size), ...optionalParts(view)],
    })),
    ...(authentication === undefined ? [] : [authentication]),
    { name: 'shutdown', problem: () => (isClosing() ? 'the server is shutting down' : undefined) },
  ];
}

/**
 * Returns checks that log their reasons and warnings when these change. Clients of `/readyz` do not see the reasons (conformance 9.1),
 * and probes repeat every few seconds.
 */
export function loggedChecks(checks: readonly HealthCheck[], log: Logger): HealthCheck[] {
  return checks.map((check) => {
    let logged: string | undefined;
    return {
      ...check,
      problem: () => {
        const problem = check.problem();
        const trouble = troubleOf(check, problem);
        if (trouble !== logged) {
          if (trouble === undefined) log.info(`readyz: ${check.name} is healthy again`);
          else log.warn(`readyz: ${check.name} ${trouble}`);
        }
        logged = trouble;
        return problem;
      },
    };
  });
}

function troubleOf({ warning }: HealthCheck, problem: string | undefined): string | undefined {
  if (problem !== undefined) return `failed: ${problem}`;
  const text = warning?.();
  return text === undefined ? undefined : `is ok, but ${text}`;
}

/** Returns the sources of all resources, each once. Sources of two informer factories may have the same name. */
function sourcesOf(served: readonly ServedView[]): SourceStatus[] {
  return sourceNodesOf(served.map(({ view }) => nodeOf(view.collection))).flatMap((node) => node.sources());
}

/** Returns the required sources that are not ready, with their messages. */
function unsynced(served: readonly ServedView[]): string | undefined {
  const unready = sourcesOf(served).filter((source) => !source.ready && source.optional !== true);
  if (unready.length === 0) return undefined;
  return unready.map(({ name, message }) => `${name}: ${message ?? 'not synced'}`).join('; ');
}

/**
 * Returns the problems of sources that are ready or optional. Until they are solved, the server serves old states from memory, or responds
 * with 429 for resources over optional sources.
 */
function problemsOfSynced(served: readonly ServedView[]): string | undefined {
  const messages = sourcesOf(served).flatMap(({ name, ready, optional, message }) =>
    (ready || optional === true) && message !== undefined ? [`${name}: ${message}`] : [],
  );
  return messages.length === 0 ? undefined : messages.join('; ');
}

function sourceParts(served: readonly ServedView[], now: number): HealthPart[] {
  return sourcesOf(served).map((source) => ({
    name: source.name,
    isHealthy: source.ready || source.optional === true,
    note: source.ready || source.optional !== true ? lastHeard(source, now) : 'optional, not ready',
  }));
}

/** Returns whether a view is not ready only because optional sources have not synced. */
function waitsForOptional({ collection, ready }: MaterializedView): boolean {
  const node = nodeOf(collection);
  const unsyncedSources = node.sources().filter(({ hasSynced }) => !hasSynced);
  const isOptional = unsyncedSources.every(({ optional }) => optional === true);
  return !ready && node.failure === undefined && unsyncedSources.length > 0 && isOptional;
}

function optionalParts(view: MaterializedView): HealthPart[] {
  return waitsForOptional(view) ? [{ name: 'sources', isHealthy: true, note: 'an optional source is not ready' }] : [];
}

/** Returns the number of rows that are missing because of errors, for `?verbose`. They do not make the check fail. */
function absentRows(count: number): HealthPart[] {
  return count === 0
    ? []
    : [{ name: 'rows', isHealthy: true, note: `${count} missing because of errors, see the log` }];
}

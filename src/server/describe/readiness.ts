/**
 * The checks of `/readyz` (api-semantics 9.1).
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
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
      concern: () => problemsOfSynced(served),
      parts: () => sourceParts(served, clock.now()),
    },
    ...served.map(({ view, definition }) => ({
      name: `cache-${definition.plural}`,
      problem: () => (view.ready ? undefined : (view.trouble ?? 'waiting for the first complete state')),
      parts: () => absentRows(view.errors.size),
    })),
    ...(authentication === undefined ? [] : [authentication]),
    { name: 'shutdown', problem: () => (isClosing() ? 'the server is shutting down' : undefined) },
  ];
}

/**
 * Returns checks that log their reasons and concerns when these change. Clients of `/readyz` do not see the reasons (api-semantics 9.1),
 * and probes repeat every few seconds.
 */
export function loggedChecks(checks: readonly HealthCheck[], log: Logger): HealthCheck[] {
  return checks.map((check) => {
    let last: string | undefined;
    return {
      ...check,
      problem: () => {
        const problem = check.problem();
        const trouble = troubleOf(check, problem);
        if (trouble !== last) {
          if (trouble === undefined) log.info(`readyz: ${check.name} is well again`);
          else log.warn(`readyz: ${check.name} ${trouble}`);
        }
        last = trouble;
        return problem;
      },
    };
  });
}

function troubleOf({ concern }: HealthCheck, problem: string | undefined): string | undefined {
  if (problem !== undefined) return `failed: ${problem}`;
  const concerned = concern?.();
  return concerned === undefined ? undefined : `is ok, though ${concerned}`;
}

/** Returns the sources of all resources, each once. */
function sourcesOf(served: readonly ServedView[]): SourceStatus[] {
  const sources = served.flatMap(({ view }) => view.sources());
  return Array.from(new Map(sources.map((source) => [source.name, source])).values());
}

function unsynced(served: readonly ServedView[]): string | undefined {
  const unready = sourcesOf(served).filter((source) => !source.ready);
  if (unready.length === 0) return undefined;
  return unready.map(({ name, message }) => `${name}: ${message ?? 'not synced'}`).join('; ');
}

/** The problems of sources that have synced before. Their resources are served from memory without updates. */
function problemsOfSynced(served: readonly ServedView[]): string | undefined {
  const messages = sourcesOf(served).flatMap(({ name, ready, message }) =>
    ready && message !== undefined ? [`${name}: ${message}`] : [],
  );
  return messages.length === 0 ? undefined : messages.join('; ');
}

function sourceParts(served: readonly ServedView[], now: number): HealthPart[] {
  return sourcesOf(served).map((source) => ({ name: source.name, isWell: source.ready, note: lastHeard(source, now) }));
}

/** Rows that cannot be made do not fail the check; `?verbose` counts them. */
function absentRows(count: number): HealthPart[] {
  return count === 0 ? [] : [{ name: 'rows', isWell: true, note: `${count} missing because of errors, see the log` }];
}

/**
 * What `/readyz` of a server checks (api-semantics 9.1).
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
import type { Logger } from '../logger.ts';
import type { HealthCheck, HealthPart } from './health.ts';
import type { ServedView } from '../read/served-view.ts';
import { lastHeard } from '../read/source-ages.ts';

/** What readiness depends on. */
export interface ReadinessSources {
  readonly served: readonly ServedView[];
  /** Undefined when authentication cannot be unready. */
  readonly authentication: HealthCheck | undefined;
  readonly isClosing: () => boolean;
  /** Milliseconds since the epoch. */
  readonly clock: Clock;
}

/** The checks: sources, one cache for each resource, authentication, shutdown. */
export function readinessChecks({ served, authentication, isClosing, clock }: ReadinessSources): HealthCheck[] {
  return [
    { name: 'ping', problem: () => undefined },
    {
      name: 'informer-sync',
      problem: () => unsynced(served),
      concern: () => suffering(served),
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
 * The same checks, whose causes and concerns go to the log when they change: clients of `/readyz` are not told (api-semantics 9.1), and
 * probes ask every few seconds.
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

/** A source that several resources read is named once. */
function sourcesOf(served: readonly ServedView[]): SourceStatus[] {
  const sources = served.flatMap(({ view }) => view.sources());
  return Array.from(new Map(sources.map((source) => [source.name, source])).values());
}

function unsynced(served: readonly ServedView[]): string | undefined {
  const unready = sourcesOf(served).filter((source) => !source.ready);
  if (unready.length === 0) return undefined;
  return unready.map(({ name, message }) => `${name}: ${message ?? 'not synced'}`).join('; ');
}

/** What is served from memory, and why nothing new comes: upstream is lost, or refuses us now. */
function suffering(served: readonly ServedView[]): string | undefined {
  const messages = sourcesOf(served).flatMap(({ name, ready, message }) =>
    ready && message !== undefined ? [`${name}: ${message}`] : [],
  );
  return messages.length === 0 ? undefined : messages.join('; ');
}

function sourceParts(served: readonly ServedView[], now: number): HealthPart[] {
  return sourcesOf(served).map((source) => ({ name: source.name, isWell: source.ready, note: lastHeard(source, now) }));
}

/** Rows that cannot be made make nobody unready; they are told. */
function absentRows(count: number): HealthPart[] {
  return count === 0 ? [] : [{ name: 'rows', isWell: true, note: `${count} absent: they cannot be made, see the log` }];
}

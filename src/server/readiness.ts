/**
 * What `/readyz` of a server checks (api-semantics 9.1).
 * @module
 */
import type { HealthCheck } from './routes/health.ts';
import type { ServedResource } from './served-resource.ts';

/** What readiness depends on. */
export interface ReadinessSources {
  readonly served: readonly ServedResource[];
  /** Undefined when authentication cannot be unready. */
  readonly authentication: HealthCheck | undefined;
  readonly isClosing: () => boolean;
}

/** The checks: sources, one cache for each resource, authentication, shutdown. */
export function readinessChecks({ served, authentication, isClosing }: ReadinessSources): HealthCheck[] {
  return [
    { name: 'ping', problem: () => undefined },
    { name: 'informer-sync', problem: () => unsynced(served) },
    ...served.map(({ view, resource }) => ({
      name: `cache-${resource.definition.plural}`,
      problem: () => (view.ready ? undefined : (view.trouble ?? 'waiting for the first complete state')),
    })),
    ...(authentication === undefined ? [] : [authentication]),
    { name: 'shutdown', problem: () => (isClosing() ? 'the server is shutting down' : undefined) },
  ];
}

/** A source that several resources read is named once. */
function unsynced(served: readonly ServedResource[]): string | undefined {
  const unready = served.flatMap(({ view }) => view.sources()).filter((source) => !source.ready);
  if (unready.length === 0) return undefined;
  return [...new Set(unready.map(({ name, message }) => `${name}: ${message ?? 'not synced'}`))].join('; ');
}

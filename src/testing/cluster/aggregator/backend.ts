/**
 * The documents of the backend behind one Service, which are polled and kept in memory.
 * @module
 */
import { onAbort } from '../../../abort.ts';
import type { VersionDiscovery } from '../http/aggregated-apis.ts';
import type { Clock } from '../../../clock.ts';
import type { ApiService } from './api-service.ts';
import type { BackendConnection } from './backend-connection.ts';
import { readDiscovery, readOpenApi, type BackendDiscovery, type OpenApiDocument } from './backend-documents.ts';
import { backoff, poller } from './poller.ts';

/** The documents of the APIs behind one Service. A backend polls them and returns them from memory. */
export interface Backend {
  /**
   * Returns the discovery of a registered version. It is stale if the last poll failed, and has no resources if the
   * backend does not list the version.
   */
  discovery(group: string, version: string): VersionDiscovery;
  /** Returns the OpenAPI v2 document, or undefined if it has not been read or does not exist. */
  openApiV2(): Readonly<Record<string, unknown>> | undefined;
  /** Returns the `paths` of the OpenAPI v3 root document. */
  openApiV3(): Readonly<Record<string, unknown>>;
  /**
   * Resolves when discovery has been read after the last {@link Backend.refresh}. Rejects with the reason of the signal
   * when it aborts.
   */
  discovered(signal: AbortSignal): Promise<void>;
  /** Reads all documents again, after a registration or when the backend has become available. */
  refresh(): void;
  stop(): void;
}

export interface BackendOptions {
  /** Returns the APIServices that use the Service. */
  readonly registered: () => readonly ApiService[];
  /** Returns a connection to the backend. Throws if the Service cannot be resolved. */
  readonly connection: () => BackendConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const MINUTE = 60_000;

/** Creates the documents of a backend. It polls nothing before the first {@link Backend.refresh}. */
export function backend({ registered, connection, clock, signal }: BackendOptions): Backend {
  const context = { clock, signal };
  let discovery: BackendDiscovery | undefined;
  let stale = true;
  /** The number of refreshes. A document belongs to the last refresh before its request. */
  let refreshes = 0;
  /** The refresh to which the discovery in memory belongs. */
  let readRefresh = 0;
  const waiting = new Set<() => void>();
  const discoveryBackoff = backoff(500, MINUTE);
  const discoveryPoller = poller(clock, async () => {
    const refresh = refreshes;
    try {
      discovery = await readDiscovery(connection(), registered(), discovery, context);
      stale = false;
      readRefresh = refresh;
      for (const check of waiting) check();
      discoveryBackoff.reset();
      return MINUTE;
    } catch {
      // Discovery then has `freshness: Stale`.
      stale = true;
      return discoveryBackoff.failed();
    }
  });

  const openApi = (
    path: '/openapi/v2' | '/openapi/v3',
  ): { current(): OpenApiDocument | undefined; poll: ReturnType<typeof poller> } => {
    let document: OpenApiDocument | undefined;
    const waits = backoff(MINUTE, 60 * MINUTE);
    const poll = poller(clock, async () => {
      try {
        document = await readOpenApi(connection(), path, document, context);
        waits.reset();
        // Without a document, polling stops until the APIService changes.
        return document === undefined ? undefined : MINUTE;
      } catch {
        // The last valid document stays.
        return waits.failed();
      }
    });
    return { current: () => document, poll };
  };
  const v2 = openApi('/openapi/v2');
  const v3 = openApi('/openapi/v3');
  const pollers = [discoveryPoller, v2.poll, v3.poll];

  return {
    discovery: (group, version) => {
      const known: VersionDiscovery = discovery?.versions.get(`${group}/${version}`) ?? { version };
      return { ...known, freshness: stale ? 'Stale' : 'Current' };
    },
    openApiV2: () => v2.current()?.document,
    openApiV3: () => (v3.current()?.document['paths'] ?? {}) as Readonly<Record<string, unknown>>,
    discovered: async (until) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const check = (): void => {
        if (readRefresh >= refreshes) resolve();
      };
      waiting.add(check);
      const removeListener = onAbort(until, () => reject(until.reason));
      check();
      await promise.finally(() => {
        waiting.delete(check);
        removeListener();
      });
    },
    refresh: () => {
      refreshes += 1;
      for (const one of pollers) one.now();
    },
    stop: () => {
      for (const one of pollers) one.stop();
    },
  };
}

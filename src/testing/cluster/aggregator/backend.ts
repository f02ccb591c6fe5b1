import { onAbort } from '../../../abort.ts';
import type { VersionDiscovery } from '../aggregated-apis.ts';
import type { Clock } from '../../../clock.ts';
import type { ApiService } from './api-service.ts';
import type { BackendConnection } from './backend-connection.ts';
import { readDiscovery, readOpenApi } from './backend-documents.ts';
import type { BackendDiscovery, OpenApiDocument } from './backend-documents.ts';
import { backoff, poller } from './poller.ts';

/** What is known of the APIs behind one Service: polled, and told from memory. */
export interface Backend {
  /** Discovery of a version registered for it: stale if the last poll failed, without resources if the backend names none. */
  discovery(group: string, version: string): VersionDiscovery;
  /** Undefined until it has been read, and if there is none. */
  openApiV2(): Readonly<Record<string, unknown>> | undefined;
  /** Members of `paths` of the root document. */
  openApiV3(): Readonly<Record<string, unknown>>;
  /** Resolves when discovery has been read after the last {@link Backend.refresh}. Rejects with the signal. */
  discovered(signal: AbortSignal): Promise<void>;
  /** Reads everything again: something was registered, or has come back. */
  refresh(): void;
  stop(): void;
}

export interface BackendOptions {
  /** The APIServices that name the Service now. */
  readonly registered: () => readonly ApiService[];
  /** A connection to it; throws if it cannot be resolved. */
  readonly connection: () => BackendConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const MINUTE = 60_000;

/** Polls nothing before the first {@link Backend.refresh}. */
export function backend({ registered, connection, clock, signal }: BackendOptions): Backend {
  const context = { clock, signal };
  let discovery: BackendDiscovery | undefined;
  let stale = true;
  /** Counts refreshes; what was read belongs to the one it began under. */
  let wanted = 0;
  let read = 0;
  const waiting = new Set<() => void>();
  const discoveryBackoff = backoff(500, MINUTE);
  const discoveryPoller = poller(clock, async () => {
    const begun = wanted;
    try {
      discovery = await readDiscovery(connection(), registered(), discovery, context);
      stale = false;
      read = begun;
      for (const look of waiting) look();
      discoveryBackoff.reset();
      return MINUTE;
    } catch {
      // Shown as `freshness: Stale`.
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
        // Without a document there is nothing to poll, until the APIService changes.
        return document === undefined ? undefined : MINUTE;
      } catch {
        // The last good document goes on.
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
      const look = (): void => {
        if (read >= wanted) resolve();
      };
      waiting.add(look);
      const removeListener = onAbort(until, () => reject(until.reason));
      look();
      await promise.finally(() => {
        waiting.delete(look);
        removeListener();
      });
    },
    refresh: () => {
      wanted++;
      for (const one of pollers) one.now();
    },
    stop: () => {
      for (const one of pollers) one.stop();
    },
  };
}

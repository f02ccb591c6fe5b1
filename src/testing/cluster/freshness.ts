import { tooLargeResourceVersion } from '../../server/wire/status.ts';
import type { Clock } from '../../clock.ts';
import type { Storage } from './storage.ts';

/** How long a read waits for a version that is yet to come (api-semantics 1.2), in milliseconds. */
export const FRESHNESS_WAIT = 3000;

/** Settles when the storage has reached `resourceVersion`; rejects with the 504 when it does not in time. */
export function waitUntilFresh(storage: Storage, clock: Clock, resourceVersion: bigint): Promise<void> {
  if (BigInt(storage.revision) >= resourceVersion) return Promise.resolve();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const waiting = new AbortController();
  const cancel = clock.schedule(FRESHNESS_WAIT, () => {
    waiting.abort();
    reject(tooLargeResourceVersion(resourceVersion, BigInt(storage.revision)));
  });
  const look = (): void => {
    if (BigInt(storage.revision) < resourceVersion) return;
    waiting.abort();
    cancel();
    resolve();
  };
  storage.subscribe(look, waiting.signal);
  return promise;
}

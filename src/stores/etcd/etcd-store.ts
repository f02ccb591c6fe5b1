/**
 * A store in etcd, the database of Kubernetes itself.
 * @module
 */
import type { BackoffOptions } from '../../informers/collection/backoff.ts';
import { type Clock, systemClock } from '../../clock.ts';
import type { ObjectStore, Store, StoredResource } from '../object-store.ts';
import { storedResourceName } from '../keys.ts';
import { MAX_OBJECT_BYTES } from '../stored-value.ts';
import { EtcdClient, ETCD_PAGE_SIZE } from './etcd-client.ts';
import { EtcdCollection } from './etcd-collection.ts';
import type { EtcdTls } from './etcd-endpoint.ts';
import { EtcdKeys, normalPrefix } from './etcd-keys.ts';
import { EtcdObjectStore } from './etcd-object-store.ts';

/** The options of {@link etcdStore}. Times in milliseconds. */
export interface EtcdStoreOptions {
  /** The members of one etcd, like `https://host:2379`: all `https` or all `http`. */
  readonly endpoints: readonly string[];
  /** For `https`. If etcd's authentication is enabled, the client certificate also identifies the user. */
  readonly tls?: EtcdTls | undefined;
  /** The prefix of all keys. Default `/kubefacet`. Prefixes on one etcd must not contain each other, as `/a` contains `/a/b`. */
  readonly prefix?: string | undefined;
  /** An abort closes the connections. Every later call fails. */
  readonly signal?: AbortSignal | undefined;
  /** The maximum size of the JSON of one object, in bytes. Default 1.5 MiB, etcd's own limit unless `--max-request-bytes` raises it. */
  readonly maxObjectBytes?: number | undefined;
  /** The maximum time a call waits for a connection. Default 5,000, which is enough for a restart of etcd. */
  readonly connectTimeout?: number | undefined;
  /** The maximum time a call waits for its response. Default 10,000. */
  readonly requestTimeout?: number | undefined;
  /**
   * The interval at which the store requests the progress of a watch. Default 10,000. After three intervals without a response from etcd,
   * the watch is opened again.
   */
  readonly progressInterval?: number | undefined;
  /** The number of keys in one page of a list. Default 500. */
  readonly pageSize?: number | undefined;
  /** The delays between attempts to read. Default: 200 to 10,000, and 200 again after 30,000 without a failure. */
  readonly backoff?: BackoffOptions | undefined;
  /** Default: the clock of the machine. */
  readonly clock?: Clock | undefined;
  /** The source of random numbers for the delays. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * Returns a store that keeps objects in etcd 3.4 or later. Any number of replicas can share one etcd. Revisions are those of etcd, so the
 * positions of views are valid on every replica. Every write is one transaction on one key and is never retried; see
 * `WriteOutcomeUnknownError`.
 *
 * Use etcd 3.4.31, 3.5.13 or later. With these versions, a collection without writes follows etcd's revision. With older versions it does
 * so only every ten minutes, so its positions are compacted earlier. Older patch releases can also lose events at compaction (etcd#17555,
 * #18089, #19179), which no client can detect.
 *
 * The state of an etcd that was restored from a backup is rejected while its revision is below one that was read before
 * (`RevisionsWentBackError`). `etcdutl snapshot restore --bump-revision` avoids that.
 * @throws TypeError for options that do not fit together
 * @example
 * const store = etcdStore({ endpoints: ['https://etcd:2379'], tls: { ca, cert, key }, prefix: '/example.com' });
 * resource({ kind: 'CustomTask', plural: 'customtasks', namespaced: true }, store);
 */
export function etcdStore(options: EtcdStoreOptions): Store {
  const { signal, clock = systemClock, random = Math.random, endpoints, tls } = options;
  const prefix = normalPrefix(options.prefix ?? '/kubefacet');
  const {
    connectTimeout = 5000,
    requestTimeout = 10_000,
    progressInterval = 10_000,
    pageSize = ETCD_PAGE_SIZE,
  } = options;
  const { maxObjectBytes = MAX_OBJECT_BYTES } = options;
  const backoff = options.backoff ?? { initial: 200, maximum: 10_000, resetAfter: 30_000 };
  const client = new EtcdClient({ endpoints, tls, clock, connectTimeout, requestTimeout });
  if (signal?.aborted === true) client.close();
  signal?.addEventListener('abort', () => client.close(), { once: true });
  const stores = new Map<string, ObjectStore>();
  return {
    open(resource: StoredResource): ObjectStore {
      const name = storedResourceName(resource);
      const known = stores.get(name);
      if (known !== undefined) return known;
      const keys = new EtcdKeys(prefix, resource);
      const shared = { clock, random, backoff, pageSize, progressInterval, signal };
      const objects = new EtcdCollection({ ...shared, name, reader: client, keys });
      const store = new EtcdObjectStore({ client, keys, objects, maxObjectBytes });
      stores.set(name, store);
      return store;
    },
  };
}

/**
 * A store in etcd, the database of Kubernetes itself.
 * @module
 */
import type { BackoffOptions } from '../../informers/collection/backoff.ts';
import { type Clock, systemClock } from '../../clock.ts';
import type { ObjectStore, Store, StoredResource } from '../object-store.ts';
import { resourceName } from '../resource-name.ts';
import { MAX_OBJECT_BYTES } from '../stored-value.ts';
import { EtcdClient } from './etcd-client.ts';
import { EtcdCollection } from './etcd-collection.ts';
import type { EtcdTls } from './etcd-endpoint.ts';
import { EtcdKeys, normalPrefix } from './etcd-keys.ts';
import { PAGE_SIZE } from './etcd-list.ts';
import { EtcdObjectStore } from './etcd-object-store.ts';

/** How an etcd is reached and used. Times in milliseconds. */
export interface EtcdStoreOptions {
  /** `https://host:2379`, one or several of one etcd; all `https` or all `http`. */
  readonly endpoints: readonly string[];
  /** For `https`. A client certificate is also who etcd takes us for, where its authentication is on. */
  readonly tls?: EtcdTls | undefined;
  /** What all keys begin with. Default `/kubefacet`. No prefix may be the beginning of another one in use, as `/a` is of `/a/b`. */
  readonly prefix?: string | undefined;
  /** When aborted, connections are closed; every call fails from then on. */
  readonly signal?: AbortSignal | undefined;
  /** The most bytes of JSON in one object. Default 1.5 MiB, what etcd itself takes; more needs its `--max-request-bytes`. */
  readonly maxObjectBytes?: number | undefined;
  /** How long a call waits for a connection: long enough for an etcd that is started anew. Default 5,000. */
  readonly connectTimeout?: number | undefined;
  /** How long a call waits for its answer. Default 10,000. */
  readonly requestTimeout?: number | undefined;
  /** How often a quiet watch is asked how far it has got. Default 10,000; three times in vain, and it is opened anew. */
  readonly progressInterval?: number | undefined;
  /** Keys in one answer of a list. Default 500. */
  readonly pageSize?: number | undefined;
  /** Waits between attempts to read. Default from 200 to 10,000, anew after 30,000 without a failure. */
  readonly backoff?: BackoffOptions | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

/**
 * Objects in etcd 3.4 or later; any number of replicas may use one. Revisions are those of etcd, so positions of views are good on every
 * replica. Every write is one transaction on one key, and is not repeated: see `WriteOutcomeUnknownError`.
 *
 * From 3.4.31 and 3.5.13 on, quiet collections keep up with etcd's revision; before, they move on every ten minutes only, and positions
 * of theirs are compacted away sooner. Use a recent patch release: older ones could lose events at compaction (etcd#17555, #18089,
 * #19179), which no client can see.
 *
 * What an etcd restored from a backup holds is refused while it is behind what was read before (`RevisionsWentBackError`); `etcdutl
 * snapshot restore --bump-revision` avoids that.
 * @throws TypeError for options that do not fit
 * @example
 * const store = etcdStore({ endpoints: ['https://etcd:2379'], tls: { ca, cert, key }, prefix: '/example.com' });
 * resource({ kind: 'CustomTask', plural: 'customtasks', namespaced: true }, store)
 */
export function etcdStore(options: EtcdStoreOptions): Store {
  const { signal, clock = systemClock, random = Math.random, endpoints, tls } = options;
  const prefix = normalPrefix(options.prefix ?? '/kubefacet');
  const { connectTimeout = 5000, requestTimeout = 10_000, progressInterval = 10_000, pageSize = PAGE_SIZE } = options;
  const { maxObjectBytes = MAX_OBJECT_BYTES } = options;
  const backoff = options.backoff ?? { initial: 200, longest: 10_000, resetAfter: 30_000 };
  const client = new EtcdClient({ endpoints, tls, clock, connectTimeout, requestTimeout });
  if (signal?.aborted === true) client.close();
  signal?.addEventListener('abort', () => client.close(), { once: true });
  const opened = new Map<string, ObjectStore>();
  return {
    open(resource: StoredResource): ObjectStore {
      const name = resourceName(resource);
      const known = opened.get(name);
      if (known !== undefined) return known;
      const keys = new EtcdKeys(prefix, resource);
      const shared = { clock, random, backoff, pageSize, progressInterval, signal };
      const objects = new EtcdCollection({ ...shared, name, reader: client, keys });
      const store = new EtcdObjectStore({ client, keys, objects, maxObjectBytes });
      opened.set(name, store);
      return store;
    },
  };
}

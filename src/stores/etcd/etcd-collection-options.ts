/** @module what a collection over etcd is made from */
import type { BackoffOptions } from '../../informers/collection/backoff.ts';
import type { Clock } from '../../clock.ts';
import type { EtcdReader } from './etcd-client.ts';
import type { EtcdKeys } from './etcd-keys.ts';

/** What a collection is made from. */
export interface EtcdCollectionOptions {
  readonly name: string;
  readonly reader: EtcdReader;
  readonly keys: EtcdKeys;
  readonly clock: Clock;
  readonly random: () => number;
  readonly backoff: BackoffOptions;
  /** Keys in one answer of a list. */
  readonly pageSize: number;
  /** Milliseconds between questions how far the watch has got. */
  readonly progressInterval: number;
  /** When aborted, nothing is read any more. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls to an etcd with one or several members.
 *
 * All calls use one connected member while that member responds. If a read fails because of its member, it is retried on the next one. The
 * maximum number of retries is the number of members. A write that was sent is never retried.
 * @module
 */
import { LinkedAbort } from '../../abort.ts';
import { delay, type Clock } from '../../clock.ts';
import { StoreRefusedError, StoreUnavailableError } from '../errors.ts';
import { credentialsFor, type EtcdTls, parseEndpoint } from './etcd-endpoint.ts';
import { isMemberFailure, readFailure, EtcdResponseTooLargeError, writeFailure } from './etcd-failure.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import { type CallOptions, EtcdMember } from './etcd-member.ts';
import type {
  KeyValue,
  RangeRequest,
  RangeResponse,
  TxnRequest,
  TxnResponse,
  WatchCreateRequest,
} from './etcd-messages.ts';
import { EtcdWatch, type OpenWatch, supportsProgressRequests } from './etcd-watch.ts';

/** Options of {@link EtcdClient}. Times in milliseconds. */
export interface EtcdClientOptions {
  readonly endpoints: readonly string[];
  readonly tls: EtcdTls | undefined;
  readonly clock: Clock;
  /** The maximum time a call waits for a connection. */
  readonly connectTimeout: number;
  /** The maximum time a call waits for its response. */
  readonly requestTimeout: number;
}

/** The part of the client that a collection uses. */
export interface EtcdReader {
  /**
   * Performs a linearizable read.
   * @throws StoreUnavailableError, StoreRefusedError, RevisionCompactedError, EtcdResponseTooLargeError; the reason of the signal
   */
  range(request: RangeRequest, signal: AbortSignal): Promise<RangeResponse>;
  /** @throws StoreUnavailableError, StoreRefusedError; the reason of the signal */
  watch(request: WatchCreateRequest, signal: AbortSignal): Promise<OpenWatch>;
}

/** A write. */
export interface EtcdWrite {
  /** The key of the object, for errors. */
  readonly key: string;
  /** The size of the object, for errors. */
  readonly bytes: number;
  readonly request: TxnRequest;
}

/** See the top of this file. */
export class EtcdClient implements EtcdReader {
  readonly #options: EtcdClientOptions;
  readonly #members: readonly EtcdMember[];
  /** The number of members that were avoided so far. It selects the preferred member. */
  #preferred = 0;
  readonly #closing = new AbortController();

  /** @throws TypeError for invalid endpoints, or TLS options that do not fit them */
  constructor(options: EtcdClientOptions) {
    const endpoints = options.endpoints.map(parseEndpoint);
    const credentials = credentialsFor(endpoints, options.tls);
    this.#options = options;
    this.#members = endpoints.map((endpoint) => new EtcdMember(endpoint, credentials));
  }

  async range(request: RangeRequest, signal: AbortSignal): Promise<RangeResponse> {
    return this.#read(signal, request.revision, (member) => member.range(request, this.#call(signal)));
  }

  /**
   * @throws StoreUnavailableError, StoreRefusedError, StoreFullError, ObjectTooLargeError: nothing was written
   * @throws WriteOutcomeUnknownError
   * @throws the reason of the signal, if it was aborted before the request was sent
   */
  async txn({ key, bytes, request }: EtcdWrite, signal: AbortSignal): Promise<TxnResponse> {
    const member = await this.#connected(signal);
    signal.throwIfAborted();
    try {
      return await member.txn(request, this.#call(signal));
    } catch (error) {
      if (!signal.aborted && isMemberFailure(readFailure(member.url, error))) this.#avoid(member);
      throw writeFailure(member.url, key, bytes, error);
    }
  }

  async watch(request: WatchCreateRequest, signal: AbortSignal): Promise<OpenWatch> {
    return this.#read(signal, request.startRevision, async (member) => {
      const progressOnRequest = await this.#progressOnRequest(member, signal);
      const onMemberFailure = (): void => this.#avoid(member);
      const { url } = member;
      return new EtcdWatch({ call: member.watch(), url, request, progressOnRequest, signal, onMemberFailure });
    });
  }

  /** Rejects new calls. Calls that were sent may still complete. */
  close(): void {
    this.#closing.abort();
    for (const member of this.#members) member.close();
  }

  #call(signal: AbortSignal): CallOptions {
    return { clock: this.#options.clock, timeout: this.#options.requestTimeout, signal };
  }

  async #progressOnRequest(member: EtcdMember, signal: AbortSignal): Promise<boolean> {
    try {
      return supportsProgressRequests(await member.version(this.#call(signal)));
    } catch (error) {
      // A client without permission to read the version can still watch.
      if (readFailure(member.url, error) instanceof StoreRefusedError) return false;
      throw error;
    }
  }

  /** Sends a read. Retries it on the next member if it fails because of its member. */
  async #read<R>(
    signal: AbortSignal,
    revision: number | undefined,
    request: (member: EtcdMember) => Promise<R>,
  ): Promise<R> {
    for (let attempt = 0; ; attempt += 1) {
      const member = await this.#connected(signal);
      try {
        return await request(member);
      } catch (thrown) {
        signal.throwIfAborted();
        const error = readFailure(member.url, thrown, revision);
        if (!isMemberFailure(error)) throw error;
        this.#avoid(member);
        if (attempt >= this.#members.length) throw error;
      }
    }
  }

  /** Makes the next member the preferred one, if this member is preferred now. */
  #avoid(member: EtcdMember): void {
    if (this.#membersByPreference()[0] === member) this.#preferred += 1;
  }

  #membersByPreference(): readonly EtcdMember[] {
    const first = this.#preferred % this.#members.length;
    return [...this.#members.slice(first), ...this.#members.slice(0, first)];
  }

  /**
   * Returns a connected member, by preference. If no member is connected, connects to all and returns the first that succeeds.
   * @throws StoreUnavailableError; the reason of the signal
   */
  async #connected(signal: AbortSignal): Promise<EtcdMember> {
    signal.throwIfAborted();
    this.#requireOpen();
    const ready = this.#membersByPreference().find(({ isConnected }) => isConnected);
    if (ready !== undefined) return ready;
    const { clock, connectTimeout } = this.#options;
    const pending = new LinkedAbort(signal, this.#closing.signal);
    const release = clock.hold?.();
    try {
      const found = await new Promise<EtcdMember | undefined>((resolve) => {
        const isPending = (): boolean => !pending.signal.aborted;
        for (const member of this.#membersByPreference()) member.connect(isPending, () => resolve(member));
        void delay(clock, connectTimeout, pending.signal).then(() => resolve(undefined));
      });
      signal.throwIfAborted();
      this.#requireOpen();
      if (found !== undefined) return found;
    } finally {
      pending.abort();
      release?.();
    }
    const failures = await Promise.all(this.#members.map((member) => member.connectionFailure(this.#call(signal))));
    throw new StoreUnavailableError(`cannot reach etcd: ${failures.join('; ')}`);
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw new StoreUnavailableError('the store is closed');
  }
}

/** The default number of keys in a page. */
export const ETCD_PAGE_SIZE = 500;

/** Some of the keys of a range, as they were at `revision`. */
export interface EtcdPage {
  readonly kvs: readonly KeyValue[];
  readonly revision: number;
}

/**
 * Reads all keys of a resource page by page, at the revision of the first page. If a page is too large, it requests smaller pages.
 * @throws RevisionCompactedError if that revision is compacted before the last page, and the errors of {@link EtcdReader.range}
 */
export async function* readPages(
  reader: EtcdReader,
  keys: EtcdKeys,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<EtcdPage> {
  let key = keys.first;
  let revision: number | undefined;
  let limit = pageSize;
  for (;;) {
    let response;
    try {
      response = await reader.range({ key, rangeEnd: keys.end, limit, revision }, signal);
    } catch (error) {
      if (!(error instanceof EtcdResponseTooLargeError) || limit === 1) throw error;
      limit = Math.ceil(limit / 8);
      continue;
    }
    revision ??= response.header.revision;
    yield { kvs: response.kvs, revision };
    const last = response.kvs.at(-1);
    if (!response.more || last === undefined) return;
    key = Buffer.concat([last.key, Buffer.from([0])]);
  }
}

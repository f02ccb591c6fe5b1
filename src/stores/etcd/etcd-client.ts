/**
 * Calls to an etcd of one or several members.
 *
 * A call goes to a member that there is a connection to, the same one as long as it does well. Reads that fail for reasons of the
 * member are repeated with the next, as many times as there are members and once more. Writes are never repeated after they were sent.
 * @module
 */
import { LinkedAbort } from '../../abort.ts';
import { delay, type Clock } from '../../clock.ts';
import { StoreRefusedError, StoreUnavailableError } from '../errors.ts';
import { credentialsFor, type EtcdTls, parseEndpoint } from './etcd-endpoint.ts';
import { isMembersOwn, readFailure, writeFailure } from './etcd-failure.ts';
import { type CallOptions, EtcdMember } from './etcd-member.ts';
import type { RangeRequest, RangeResponse, TxnRequest, TxnResponse, WatchCreateRequest } from './etcd-messages.ts';
import { answersProgress, EtcdWatch, type OpenWatch } from './etcd-watch.ts';

/** How an etcd is reached. Times in milliseconds. */
export interface EtcdClientOptions {
  readonly endpoints: readonly string[];
  readonly tls: EtcdTls | undefined;
  readonly clock: Clock;
  /** For so long a call waits for a connection. */
  readonly connectTimeout: number;
  /** For so long a call waits for its answer. */
  readonly requestTimeout: number;
}

/** What a collection asks. */
export interface EtcdReader {
  /**
   * A consistent read.
   * @throws StoreUnavailableError, StoreRefusedError, RevisionCompactedError, AnswerTooLargeError; the reason of the signal
   */
  range(request: RangeRequest, signal: AbortSignal): Promise<RangeResponse>;
  /** @throws StoreUnavailableError, StoreRefusedError; the reason of the signal */
  watch(request: WatchCreateRequest, signal: AbortSignal): Promise<OpenWatch>;
}

/** A write, and what is said of it when it fails. */
export interface EtcdWrite {
  readonly key: string;
  readonly bytes: number;
  readonly request: TxnRequest;
}

/** See the top of this file. */
export class EtcdClient implements EtcdReader {
  readonly #options: EtcdClientOptions;
  readonly #members: readonly EtcdMember[];
  #preferred = 0;
  readonly #closing = new AbortController();

  /** @throws TypeError for endpoints and TLS that do not fit */
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
   * @throws the reason of the signal, when nothing was sent
   */
  async txn({ key, bytes, request }: EtcdWrite, signal: AbortSignal): Promise<TxnResponse> {
    const member = await this.#connected(signal);
    signal.throwIfAborted();
    try {
      return await member.txn(request, this.#call(signal));
    } catch (error) {
      if (!signal.aborted && isMembersOwn(readFailure(member.url, error))) this.#leave(member);
      throw writeFailure(member.url, key, bytes, error);
    }
  }

  async watch(request: WatchCreateRequest, signal: AbortSignal): Promise<OpenWatch> {
    return this.#read(signal, request.startRevision, async (member) => {
      const progressOnRequest = await this.#progressOnRequest(member, signal);
      const lost = (): void => this.#leave(member);
      return new EtcdWatch({ call: member.watch(), url: member.url, request, progressOnRequest, signal, lost });
    });
  }

  /** No call is begun any more; those that were sent have their time to end. */
  close(): void {
    this.#closing.abort();
    for (const member of this.#members) member.close();
  }

  #call(signal: AbortSignal): CallOptions {
    return { clock: this.#options.clock, timeout: this.#options.requestTimeout, signal };
  }

  async #progressOnRequest(member: EtcdMember, signal: AbortSignal): Promise<boolean> {
    try {
      return answersProgress(await member.version(this.#call(signal)));
    } catch (error) {
      // Who may not ask for the version may watch all the same.
      if (readFailure(member.url, error) instanceof StoreRefusedError) return false;
      throw error;
    }
  }

  async #read<R>(
    signal: AbortSignal,
    revision: number | undefined,
    ask: (member: EtcdMember) => Promise<R>,
  ): Promise<R> {
    for (let attempt = 0; ; attempt += 1) {
      const member = await this.#connected(signal);
      try {
        return await ask(member);
      } catch (thrown) {
        signal.throwIfAborted();
        const error = readFailure(member.url, thrown, revision);
        if (!isMembersOwn(error)) throw error;
        this.#leave(member);
        if (attempt >= this.#members.length) throw error;
      }
    }
  }

  /** The next call goes to another member, if there is one. */
  #leave(member: EtcdMember): void {
    if (this.#inOrder()[0] === member) this.#preferred += 1;
  }

  #inOrder(): readonly EtcdMember[] {
    const first = this.#preferred % this.#members.length;
    return [...this.#members.slice(first), ...this.#members.slice(0, first)];
  }

  /** The first member, in order of preference, that there is a connection to; else the first that can be connected to. */
  async #connected(signal: AbortSignal): Promise<EtcdMember> {
    signal.throwIfAborted();
    this.#requireOpen();
    const ready = this.#inOrder().find(({ isConnected }) => isConnected);
    if (ready !== undefined) return ready;
    const { clock, connectTimeout } = this.#options;
    const enough = new LinkedAbort(signal, this.#closing.signal);
    const release = clock.hold?.();
    try {
      const found = await new Promise<EtcdMember | undefined>((resolve) => {
        const isWanted = (): boolean => !enough.signal.aborted;
        for (const member of this.#inOrder()) member.connect(isWanted, () => resolve(member));
        void delay(clock, connectTimeout, enough.signal).then(() => resolve(undefined));
      });
      signal.throwIfAborted();
      this.#requireOpen();
      if (found !== undefined) return found;
    } finally {
      enough.abort();
      release?.();
    }
    const troubles = await Promise.all(this.#members.map((member) => member.trouble(this.#call(signal))));
    throw new StoreUnavailableError(`can't reach etcd: ${troubles.join('; ')}`);
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw new StoreUnavailableError('the store is closed');
  }
}

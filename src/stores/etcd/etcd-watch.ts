/**
 * One open watch of etcd.
 * @module
 */
import { onAbort } from '../../abort.ts';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { StoreUnavailableError } from '../errors.ts';
import { isMembersOwn, readFailure } from './etcd-failure.ts';
import type { WatchCreateRequest, WatchRequest, WatchResponse } from './etcd-messages.ts';

/** A watch, as whoever reads it sees it. */
export interface OpenWatch {
  /** Whether {@link requestProgress} can be trusted. */
  readonly progressOnRequest: boolean;
  /** What comes, in order; read as fast as the reader takes it. Ends by throwing, always. */
  readonly responses: AsyncIterable<WatchResponse>;
  /** Asks for an answer without events, that says up to which revision nothing is missing. */
  requestProgress(): void;
  /** Ends it; `responses` throws the reason. Harmless when called again. */
  cancel(reason: unknown): void;
}

/**
 * Whether progress that was asked for can be believed. Before 3.4.31 and 3.5.13 the answer could overtake events (etcd#15220), or
 * speak for a watch that had not caught up (etcd#17507): these are the versions from which kube-apiserver asks.
 */
export function answersProgress(version: string): boolean {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (match === null) return false;
  const [major = 0, minor = 0, patch = 0] = match.slice(1, 4).map(Number);
  if (major !== 3) return major > 3;
  if (minor >= 6) return true;
  return (minor === 5 && patch >= 13) || (minor === 4 && patch >= 31);
}

/** A watch on a stream of its own. */
export class EtcdWatch implements OpenWatch {
  readonly progressOnRequest: boolean;
  readonly responses: AsyncIterable<WatchResponse>;
  readonly #call: ClientDuplexStream<WatchRequest, WatchResponse>;
  readonly #url: string;
  readonly #lost: () => void;
  #failure: unknown;

  constructor(options: {
    readonly call: ClientDuplexStream<WatchRequest, WatchResponse>;
    readonly url: string;
    readonly request: WatchCreateRequest;
    readonly progressOnRequest: boolean;
    readonly signal: AbortSignal;
    /** Told when the watch has ended for reasons of the member. */
    readonly lost: () => void;
  }) {
    const { call, url, request, progressOnRequest, signal, lost } = options;
    this.#lost = lost;
    this.#call = call;
    this.#url = url;
    this.progressOnRequest = progressOnRequest;
    // The error of a call that nobody reads (any more) would end the process.
    call.on('error', (error) => (this.#failure ??= error));
    call.write({ createRequest: request });
    const removeListener = onAbort(signal, () => this.cancel(signal.reason));
    call.on('close', removeListener);
    call.on('status', removeListener);
    this.responses = this.#read(request.startRevision);
  }

  requestProgress(): void {
    if (this.#failure === undefined) this.#call.write({ progressRequest: {} });
  }

  cancel(reason: unknown): void {
    this.#failure ??= reason;
    this.#call.cancel();
  }

  async *#read(startRevision: number): AsyncGenerator<WatchResponse> {
    try {
      for await (const response of this.#call) yield response as WatchResponse;
      this.#failure ??= new StoreUnavailableError(`etcd at ${this.#url} has ended the watch`);
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#call.cancel();
    }
    const failure = readFailure(this.#url, this.#failure, startRevision);
    if (isMembersOwn(failure)) this.#lost();
    throw failure;
  }
}

/**
 * One open watch of etcd: its stream, its progress requests, and the grouping of its events by revision.
 * @module
 */
import { onAbort } from '../../abort.ts';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Cancel, Clock } from '../../clock.ts';
import { StoreUnavailableError } from '../errors.ts';
import { isMemberFailure, readFailure } from './etcd-failure.ts';
import type { WatchCreateRequest, EtcdEvent, WatchRequest, EtcdWatchResponse } from './etcd-messages.ts';

/** The interface of a watch for its reader. */
export interface OpenWatch {
  /** Whether etcd responds reliably to {@link requestProgress}. */
  readonly progressOnRequest: boolean;
  /** The responses in order, with backpressure. The iteration always ends with an error. */
  readonly responses: AsyncIterable<EtcdWatchResponse>;
  /** Requests a response without events whose revision says how far the watch has progressed. */
  requestProgress(): void;
  /** Ends the watch; `responses` then throws the reason. Later calls have no effect. */
  cancel(reason: unknown): void;
}

/**
 * Returns whether a version of etcd responds reliably to progress requests. Before 3.4.31 and 3.5.13, a response could overtake
 * events (etcd#15220) or belong to a watch that had not caught up (etcd#17507). kube-apiserver requests progress from these versions on.
 */
export function supportsProgressRequests(version: string): boolean {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (match === null) return false;
  const [major = 0, minor = 0, patch = 0] = match.slice(1, 4).map(Number);
  if (major !== 3) return major > 3;
  if (minor >= 6) return true;
  return (minor === 5 && patch >= 13) || (minor === 4 && patch >= 31);
}

/** A watch on its own stream. */
export class EtcdWatch implements OpenWatch {
  readonly progressOnRequest: boolean;
  readonly responses: AsyncIterable<EtcdWatchResponse>;
  readonly #call: ClientDuplexStream<WatchRequest, EtcdWatchResponse>;
  readonly #url: string;
  readonly #onMemberFailure: () => void;
  #failure: unknown;

  constructor(options: {
    readonly call: ClientDuplexStream<WatchRequest, EtcdWatchResponse>;
    readonly url: string;
    readonly request: WatchCreateRequest;
    readonly progressOnRequest: boolean;
    readonly signal: AbortSignal;
    /** Called if the watch ended because of the member. */
    readonly onMemberFailure: () => void;
  }) {
    const { call, url, request, progressOnRequest, signal, onMemberFailure } = options;
    this.#onMemberFailure = onMemberFailure;
    this.#call = call;
    this.#url = url;
    this.progressOnRequest = progressOnRequest;
    // Without this listener, an error that arrives while nothing reads the stream would end the process.
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

  async *#read(startRevision: number): AsyncGenerator<EtcdWatchResponse> {
    try {
      for await (const response of this.#call) yield response as EtcdWatchResponse;
      this.#failure ??= new StoreUnavailableError(`etcd at ${this.#url} has ended the watch`);
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#call.cancel();
    }
    const failure = readFailure(this.#url, this.#failure, startRevision);
    if (isMemberFailure(failure)) this.#onMemberFailure();
    throw failure;
  }
}

/** The maximum number of intervals without a response. After them, the watch is cancelled. */
const MAX_INTERVALS_WITHOUT_RESPONSE = 3;

/** Requests progress on a watch at an interval, and cancels the watch if etcd no longer responds. */
export class WatchProgress {
  readonly #watch: OpenWatch;
  readonly #clock: Clock;
  readonly #interval: number;
  #silentIntervals = 0;
  #cancel: Cancel = () => undefined;

  /** @param interval milliseconds */
  constructor(watch: OpenWatch, clock: Clock, interval: number) {
    this.#watch = watch;
    this.#clock = clock;
    this.#interval = interval;
    if (watch.progressOnRequest) this.#schedule();
  }

  /** Must be called for each response. */
  responded(): void {
    this.#silentIntervals = 0;
  }

  stop(): void {
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#clock.schedule(this.#interval, () => {
      this.#silentIntervals += 1;
      if (this.#silentIntervals > MAX_INTERVALS_WITHOUT_RESPONSE) {
        const seconds = (MAX_INTERVALS_WITHOUT_RESPONSE * this.#interval) / 1000;
        this.#watch.cancel(new StoreUnavailableError(`etcd has not responded on the watch for ${seconds} s`));
        return;
      }
      this.#watch.requestProgress();
      this.#schedule();
    });
  }
}

/** The changes of one revision: at least one event, and at most one for each key. */
export interface RevisionBatch {
  readonly revision: number;
  readonly events: readonly EtcdEvent[];
}

/**
 * Groups the events of a watch by revision. etcd sends all events of a revision in one response, unless it splits the response into
 * fragments. Therefore the events of the last revision in a fragment are kept until the next response. They are at most the writes of one
 * transaction.
 */
export class RevisionBatches {
  #revision = 0;
  #pending: EtcdEvent[] = [];

  /** Returns the revisions that this response completes, in order. */
  add({ events, fragment }: EtcdWatchResponse): RevisionBatch[] {
    const complete: RevisionBatch[] = [];
    for (const event of events) {
      const revision = event.kv.modRevision;
      if (revision !== this.#revision) this.#complete(complete);
      this.#revision = revision;
      this.#pending.push(event);
    }
    if (!fragment) this.#complete(complete);
    return complete;
  }

  #complete(complete: RevisionBatch[]): void {
    if (this.#pending.length > 0) complete.push({ revision: this.#revision, events: this.#pending });
    this.#pending = [];
  }
}

/**
 * One member of an etcd and the connection to it.
 * @module
 */
import { onAbort } from '../../abort.ts';
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  connectivityState,
  Metadata,
} from '@grpc/grpc-js';
import { fromJSON, type MethodDefinition } from '@grpc/proto-loader';
import type { Cancel, Clock } from '../../clock.ts';
import { StoreUnavailableError } from '../errors.ts';
import type { EtcdEndpoint } from './etcd-endpoint.ts';
import { isServiceError } from './etcd-failure.ts';
import {
  ETCD_PROTOCOL,
  type RangeRequest,
  type RangeResponse,
  type TxnRequest,
  type TxnResponse,
  type WatchRequest,
  type EtcdWatchResponse,
} from './etcd-messages.ts';

/** The maximum size of a response, in bytes. If a page of a list is larger, the client requests smaller pages. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

const CHANNEL_OPTIONS: ChannelOptions = {
  // A dead connection is detected after 30 s. etcd allows one ping in 5 s.
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 0,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.min_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5000,
  'grpc.client_idle_timeout_ms': 60_000,
  'grpc.max_receive_message_length': MAX_RESPONSE_BYTES,
  // The client decides about retries, because writes must not be retried.
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
};

/** The text that gRPC adds before and after the cause of an error. */
const GRPC_BOILERPLATE = /^No connection established\. Last error: (Error: )?|Resolution note: $/g;

type Method = MethodDefinition<object, object>;

const definitions = fromJSON(ETCD_PROTOCOL, { longs: Number, enums: Number, defaults: true, arrays: true });

function method(service: string, name: string): Method {
  const methods = definitions[`etcdserverpb.${service}`] as Readonly<Record<string, Method>>;
  const found = methods[name];
  if (found === undefined) throw new Error(`unknown method ${service}/${name}`);
  return found;
}

const RANGE = method('KV', 'Range');
const TXN = method('KV', 'Txn');
const WATCH = method('Watch', 'Watch');
const STATUS = method('Maintenance', 'Status');

/** The options of a call. */
export interface CallOptions {
  readonly clock: Clock;
  /** The maximum time to wait for the response, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** A gRPC client of one member. It connects with the first call, and connects again when the connection breaks. */
export class EtcdMember {
  readonly url: string;
  readonly #client: Client;

  constructor(endpoint: EtcdEndpoint, channelCredentials: ChannelCredentials) {
    this.url = endpoint.url;
    this.#client = new Client(endpoint.target, channelCredentials, CHANNEL_OPTIONS);
  }

  get isConnected(): boolean {
    return this.#state(false) === connectivityState.READY;
  }

  /** Connects and then calls `connected`. Gives up as soon as `isPending` returns false. */
  connect(isPending: () => boolean, connected: () => void): void {
    if (!isPending()) return;
    const state = this.#state(true);
    if (state === connectivityState.READY) connected();
    else if (state !== connectivityState.SHUTDOWN)
      this.#client.getChannel().watchConnectivityState(state, Infinity, () => this.connect(isPending, connected));
  }

  /** Returns the reason why there is no connection, if it is known. */
  async connectionFailure(options: CallOptions): Promise<string> {
    // After a failed attempt to connect, a call fails immediately and its error has the reason.
    if (this.#state(false) !== connectivityState.TRANSIENT_FAILURE) return `${this.url}: no response`;
    try {
      await this.#unary(STATUS, {}, options);
      return `${this.url}: connected too late`;
    } catch (error) {
      const message = isServiceError(error) ? error.details : String(error);
      return `${this.url}: ${message.replaceAll(GRPC_BOILERPLATE, '').replaceAll(/\s+/g, ' ').trim()}`;
    }
  }

  /** @throws ServiceError; StoreUnavailableError after the timeout; the reason of the signal */
  range(request: RangeRequest, options: CallOptions): Promise<RangeResponse> {
    return this.#unary(RANGE, request, options) as Promise<RangeResponse>;
  }

  /** @throws the errors of {@link range}; the outcome of the write is then unknown, unless etcd has rejected it */
  txn(request: TxnRequest, options: CallOptions): Promise<TxnResponse> {
    return this.#unary(TXN, request, options) as Promise<TxnResponse>;
  }

  /**
   * Returns the version of etcd, `3.5.13`.
   * @throws the errors of {@link range}
   */
  async version(options: CallOptions): Promise<string> {
    return ((await this.#unary(STATUS, {}, options)) as { readonly version: string }).version;
  }

  /** Opens a stream for watches. The member ends it when the cluster has no leader. */
  watch(): ClientDuplexStream<WatchRequest, EtcdWatchResponse> {
    const metadata = new Metadata();
    metadata.set('hasleader', 'true');
    return this.#client.makeBidiStreamRequest(
      WATCH.path,
      WATCH.requestSerialize,
      WATCH.responseDeserialize,
      metadata,
    ) as ClientDuplexStream<WatchRequest, EtcdWatchResponse>;
  }

  close(): void {
    this.#client.close();
  }

  #state(connect: boolean): connectivityState {
    return this.#client.getChannel().getConnectivityState(connect);
  }

  #unary(
    { path, requestSerialize, responseDeserialize }: Method,
    request: object,
    options: CallOptions,
  ): Promise<object> {
    const { clock, timeout, signal } = options;
    return new Promise((resolve, reject) => {
      let cancelReason: unknown;
      let cancelTimer: Cancel = () => undefined;
      let removeListener = (): void => undefined;
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        (error, response) => {
          cancelTimer();
          removeListener();
          if (error === null && response !== undefined) resolve(response);
          else reject(cancelReason ?? error ?? new StoreUnavailableError(`etcd at ${this.url} sent an empty response`));
        },
      );
      const cancelCall = (reason: unknown): void => {
        cancelReason ??= reason;
        call.cancel();
      };
      cancelTimer = clock.schedule(timeout, () =>
        cancelCall(new StoreUnavailableError(`etcd at ${this.url} did not respond within ${timeout / 1000} s`)),
      );
      removeListener = onAbort(signal, () => cancelCall(signal.reason));
    });
  }
}

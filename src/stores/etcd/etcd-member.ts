/**
 * One endpoint of etcd, and the connection to it.
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
  type WatchResponse,
} from './etcd-messages.ts';

/** The largest answer that is read. A page of a list that is larger is asked for in smaller ones. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const CHANNEL: ChannelOptions = {
  // A connection that has died without a word is noticed after half a minute; etcd allows one ping in 5 s.
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 0,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.min_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5000,
  'grpc.client_idle_timeout_ms': 60_000,
  'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
  // What is repeated is decided here: a write is not.
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
};

/** What gRPC says around the cause. */
const NO_NEWS = /^No connection established\. Last error: (Error: )?|Resolution note: $/g;

type Method = MethodDefinition<object, object>;

const definitions = fromJSON(ETCD_PROTOCOL, { longs: Number, enums: Number, defaults: true, arrays: true });

function method(service: string, name: string): Method {
  const methods = definitions[`etcdserverpb.${service}`] as Readonly<Record<string, Method>>;
  const found = methods[name];
  if (found === undefined) throw new Error(`there is no method ${service}/${name}`);
  return found;
}

const RANGE = method('KV', 'Range');
const TXN = method('KV', 'Txn');
const WATCH = method('Watch', 'Watch');
const STATUS = method('Maintenance', 'Status');

/** What calls need beside the request. */
export interface CallOptions {
  readonly clock: Clock;
  /** Milliseconds until an answer is not waited for any longer. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Connects when it is first asked to, and again when the connection breaks. */
export class EtcdMember {
  readonly url: string;
  readonly #client: Client;

  constructor(endpoint: EtcdEndpoint, channelCredentials: ChannelCredentials) {
    this.url = endpoint.url;
    this.#client = new Client(endpoint.target, channelCredentials, CHANNEL);
  }

  get isConnected(): boolean {
    return this.#state(false) === connectivityState.READY;
  }

  /** Connects, and calls back when there is a connection; not while `isWanted` says no. */
  connect(isWanted: () => boolean, connected: () => void): void {
    if (!isWanted()) return;
    const state = this.#state(true);
    if (state === connectivityState.READY) connected();
    else if (state !== connectivityState.SHUTDOWN)
      this.#client.getChannel().watchConnectivityState(state, Infinity, () => this.connect(isWanted, connected));
  }

  /** Why there is no connection, as far as is known. */
  async trouble(options: CallOptions): Promise<string> {
    // A call fails at once while the last attempt to connect has failed, and says why.
    if (this.#state(false) !== connectivityState.TRANSIENT_FAILURE) return `${this.url}: no answer`;
    try {
      await this.#unary(STATUS, {}, options);
      return `${this.url}: connected too late`;
    } catch (error) {
      const words = isServiceError(error) ? error.details : String(error);
      return `${this.url}: ${words.replaceAll(NO_NEWS, '').replaceAll(/\s+/g, ' ').trim()}`;
    }
  }

  /** @throws ServiceError; StoreUnavailableError after the timeout; the reason of the signal */
  range(request: RangeRequest, options: CallOptions): Promise<RangeResponse> {
    return this.#unary(RANGE, request, options) as Promise<RangeResponse>;
  }

  /** @throws like {@link range}; whether it was applied is then not known, unless etcd has refused it */
  txn(request: TxnRequest, options: CallOptions): Promise<TxnResponse> {
    return this.#unary(TXN, request, options) as Promise<TxnResponse>;
  }

  /** The version of etcd, `3.5.13`. @throws like {@link range} */
  async version(options: CallOptions): Promise<string> {
    return ((await this.#unary(STATUS, {}, options)) as { readonly version: string }).version;
  }

  /** A stream of watches, which the member ends when it has no leader. */
  watch(): ClientDuplexStream<WatchRequest, WatchResponse> {
    const metadata = new Metadata();
    metadata.set('hasleader', 'true');
    return this.#client.makeBidiStreamRequest(
      WATCH.path,
      WATCH.requestSerialize,
      WATCH.responseDeserialize,
      metadata,
    ) as ClientDuplexStream<WatchRequest, WatchResponse>;
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
      let givenUp: unknown;
      let cancelTimer: Cancel = () => undefined;
      let removeListener = (): void => undefined;
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        (error, answer) => {
          cancelTimer();
          removeListener();
          if (error === null && answer !== undefined) resolve(answer);
          else reject(givenUp ?? error ?? new StoreUnavailableError(`etcd at ${this.url} has answered nothing`));
        },
      );
      const giveUp = (reason: unknown): void => {
        givenUp ??= reason;
        call.cancel();
      };
      cancelTimer = clock.schedule(timeout, () =>
        giveUp(new StoreUnavailableError(`etcd at ${this.url} has not answered within ${timeout / 1000} s`)),
      );
      removeListener = onAbort(signal, () => giveUp(signal.reason));
    });
  }
}

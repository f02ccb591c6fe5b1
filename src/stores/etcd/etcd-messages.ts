/**
 * The part of etcd's v3 protocol that the store uses: messages, their field numbers, and methods.
 *
 * The messages are those of etcd's `rpc.proto` and `kv.proto`, as a descriptor of protobufjs. Fields that the store does not use are not
 * declared, and the decoder skips them.
 * @module
 */

type Fields = Readonly<Record<string, readonly [number: number, type: string, rule?: 'repeated']>>;

/** Describes a message. At most one of the fields in `oneof` is sent. */
const message = (fields: Fields, oneof: readonly string[] = []): object => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [id, type, rule]]) => [
      name,
      rule === undefined ? { id, type } : { id, type, rule },
    ]),
  ),
  ...(oneof.length === 0 ? {} : { oneofs: { one: { oneof } } }),
});

const service = (
  methods: Readonly<Record<string, readonly [request: string, response: string, streams?: boolean]>>,
): object => ({
  methods: Object.fromEntries(
    Object.entries(methods).map(([name, [requestType, responseType, streams = false]]) => [
      name,
      { requestType, responseType, requestStream: streams, responseStream: streams },
    ]),
  ),
});

const mvccpb = {
  KeyValue: message({ key: [1, 'bytes'], modRevision: [3, 'int64'], value: [5, 'bytes'] }),
  /** `type`: 0 PUT, 1 DELETE. */
  Event: message({ type: [1, 'int32'], kv: [2, 'KeyValue'] }),
};

const etcdserverpb = {
  ResponseHeader: message({ revision: [3, 'int64'] }),
  RangeRequest: message({ key: [1, 'bytes'], rangeEnd: [2, 'bytes'], limit: [3, 'int64'], revision: [4, 'int64'] }),
  RangeResponse: message({ header: [1, 'ResponseHeader'], kvs: [2, 'mvccpb.KeyValue', 'repeated'], more: [3, 'bool'] }),
  PutRequest: message({ key: [1, 'bytes'], value: [2, 'bytes'] }),
  PutResponse: message({ header: [1, 'ResponseHeader'] }),
  DeleteRangeRequest: message({ key: [1, 'bytes'], prevKv: [3, 'bool'] }),
  DeleteRangeResponse: message({ deleted: [2, 'int64'], prevKvs: [3, 'mvccpb.KeyValue', 'repeated'] }),
  RequestOp: message(
    { requestRange: [1, 'RangeRequest'], requestPut: [2, 'PutRequest'], requestDeleteRange: [3, 'DeleteRangeRequest'] },
    ['requestRange', 'requestPut', 'requestDeleteRange'],
  ),
  ResponseOp: message(
    {
      responseRange: [1, 'RangeResponse'],
      responsePut: [2, 'PutResponse'],
      responseDeleteRange: [3, 'DeleteRangeResponse'],
    },
    ['responseRange', 'responsePut', 'responseDeleteRange'],
  ),
  /** `result`: 0 EQUAL. `target`: 2 MOD. */
  Compare: message({ result: [1, 'int32'], target: [2, 'int32'], key: [3, 'bytes'], modRevision: [6, 'int64'] }, [
    'modRevision',
  ]),
  TxnRequest: message({
    compare: [1, 'Compare', 'repeated'],
    success: [2, 'RequestOp', 'repeated'],
    failure: [3, 'RequestOp', 'repeated'],
  }),
  TxnResponse: message({
    header: [1, 'ResponseHeader'],
    succeeded: [2, 'bool'],
    responses: [3, 'ResponseOp', 'repeated'],
  }),
  WatchCreateRequest: message({
    key: [1, 'bytes'],
    rangeEnd: [2, 'bytes'],
    startRevision: [3, 'int64'],
    progressNotify: [4, 'bool'],
    fragment: [8, 'bool'],
  }),
  WatchProgressRequest: message({}),
  WatchRequest: message({ createRequest: [1, 'WatchCreateRequest'], progressRequest: [3, 'WatchProgressRequest'] }, [
    'createRequest',
    'progressRequest',
  ]),
  WatchResponse: message({
    header: [1, 'ResponseHeader'],
    created: [3, 'bool'],
    canceled: [4, 'bool'],
    compactRevision: [5, 'int64'],
    cancelReason: [6, 'string'],
    fragment: [7, 'bool'],
    events: [11, 'mvccpb.Event', 'repeated'],
  }),
  StatusRequest: message({}),
  StatusResponse: message({ version: [2, 'string'] }),
  KV: service({ Range: ['RangeRequest', 'RangeResponse'], Txn: ['TxnRequest', 'TxnResponse'] }),
  Watch: service({ Watch: ['WatchRequest', 'WatchResponse', true] }),
  Maintenance: service({ Status: ['StatusRequest', 'StatusResponse'] }),
};

/** The input of `fromJSON` of `@grpc/proto-loader`. */
export const ETCD_PROTOCOL: object = {
  nested: { mvccpb: { nested: mvccpb }, etcdserverpb: { nested: etcdserverpb } },
};

export interface Header {
  /** The revision of etcd at the time of the response. After a transaction that wrote, the revision of that transaction. */
  readonly revision: number;
}

export interface KeyValue {
  readonly key: Buffer;
  /** The revision of the last write of the key. In the event of a deletion, the revision of the deletion. */
  readonly modRevision: number;
  readonly value: Buffer;
}

export interface RangeRequest {
  readonly key: Buffer;
  readonly rangeEnd?: Buffer | undefined;
  readonly limit?: number | undefined;
  readonly revision?: number | undefined;
}

export interface RangeResponse {
  readonly header: Header;
  readonly kvs: readonly KeyValue[];
  /** Whether the range has more keys than the limit. */
  readonly more: boolean;
}

/** The condition that the last write of the key has this revision. 0 means that the key does not exist. */
export interface Compare {
  readonly result: 0;
  readonly target: 2;
  readonly key: Buffer;
  readonly modRevision: number;
}

export type RequestOp =
  | { readonly requestRange: RangeRequest }
  | { readonly requestPut: { readonly key: Buffer; readonly value: Buffer } }
  | { readonly requestDeleteRange: { readonly key: Buffer; readonly prevKv: boolean } };

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export interface ResponseOp {
  readonly responseRange?: RangeResponse | null;
  readonly responseDeleteRange?: { readonly deleted: number; readonly prevKvs: readonly KeyValue[] } | null;
}

export interface TxnResponse {
  readonly header: Header;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}

export interface WatchCreateRequest {
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
  readonly startRevision: number;
  readonly progressNotify: boolean;
  readonly fragment: boolean;
}

export type WatchRequest = { readonly createRequest: WatchCreateRequest } | { readonly progressRequest: object };

/** The type of a {@link EtcdEvent} that deletes its key. */
export const DELETE = 1;

export interface EtcdEvent {
  /** 0 for a put, {@link DELETE} for a deletion. */
  readonly type: number;
  readonly kv: KeyValue;
}

export interface EtcdWatchResponse {
  readonly header: Header;
  readonly created: boolean;
  readonly canceled: boolean;
  /** Above 0 if etcd rejected the watch because its history has been compacted. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  /** Whether the events of this revision continue in the next response. */
  readonly fragment: boolean;
  readonly events: readonly EtcdEvent[];
}

/**
 * Decodes request bodies in the protobuf form of Kubernetes: the four bytes `k8s\0`, then a message that names the kind and holds the
 * object. Only the kinds and fields of `messages.ts` are supported. A body with anything else is refused, so that no field is lost.
 * @module
 */
import protobuf from 'protobufjs';
import { ApiError, badRequest, unsupportedMediaType } from '../../../server/wire/status.ts';
import type { Draft } from '../../../server/wire/writes/complete-object.ts';
import { messageOf } from './messages.ts';

/** The media type of built-in kinds as client-go's typed clients write them. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const MAGIC = Buffer.from('k8s\0');
const LENGTH_DELIMITED = 2;
const WIRE_TYPES: Readonly<Record<string, number>> = protobuf.types.basic;

const malformed = (): Error => badRequest('the body of the request is not valid protobuf');
const unsupported = (): Error => unsupportedMediaType(['application/json', 'application/yaml']);

/**
 * Decodes the object in a protobuf body.
 * @throws ApiError 400 if the bytes are not valid protobuf; 415 if the kind or one of its fields is not in `messages.ts`. The same
 * command then works with `--dry-run=client -o yaml | kubectl create -f -`.
 */
export function decodeProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) throw malformed();
  const { typeMeta, raw }: Envelope = decoded(messageNamed('Unknown'), body.subarray(MAGIC.length));
  const { apiVersion, kind } = typeMeta ?? {};
  if (typeof kind !== 'string') throw malformed();
  const type = messageNamed(kind);
  const bytes = raw ?? new Uint8Array();
  wellFormed(() => requireKnownFields(type, bytes));
  return { apiVersion, kind, ...asJson(type, decoded(type, bytes, { longs: Number, bytes: String })) };
}

interface Envelope {
  readonly typeMeta?: { readonly apiVersion?: string; readonly kind?: string };
  readonly raw?: Uint8Array;
}

const decoded = (type: protobuf.Type, bytes: Uint8Array, options?: protobuf.IConversionOptions): Draft =>
  wellFormed(() => type.toObject(type.decode(bytes), options));

const messageNamed = (kind: string): protobuf.Type => {
  const type = messageOf(kind);
  if (type === undefined) throw unsupported();
  return type;
};

/** Runs a function that reads protobuf. The errors of the reader become a 400. */
const wellFormed = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw error instanceof ApiError ? error : malformed();
  }
};

/** Visits the fields of a message in the order of its bytes. `content` is undefined unless the field is length-delimited. */
const eachField = (
  bytes: Uint8Array,
  visit: (number: number, wireType: number, content: Uint8Array | undefined, isZero: boolean) => void,
): void => {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const start = reader.pos;
    const content = wireType === LENGTH_DELIMITED ? reader.bytes() : undefined;
    if (content === undefined) reader.skipType(wireType);
    visit(
      tag >>> 3,
      wireType,
      content,
      bytes.subarray(start, reader.pos).every((byte) => byte === 0),
    );
  }
};

/** Go writes fields that are not pointers even when they are zero: empty texts, and messages that hold only such fields. */
const isEmpty = (content: Uint8Array): boolean => {
  let isEmptySoFar = true;
  try {
    eachField(content, (_number, _wireType, nested, isZero) => {
      isEmptySoFar &&= nested === undefined ? isZero : isEmpty(nested);
    });
  } catch {
    // The content is a text that is not empty, and not a message.
    return false;
  }
  return isEmptySoFar;
};

/**
 * Checks the fields of a message and of the messages in it.
 * @throws ApiError 415 if an unknown field has a value; 400 if a field is not of the type that its message declares
 */
const requireKnownFields = (type: protobuf.Type, bytes: Uint8Array): void => {
  eachField(bytes, (number, wireType, content, isZero) => {
    const field = type.fieldsById[number];
    if (field === undefined) {
      if (content === undefined ? isZero : isEmpty(content)) return;
      throw unsupported();
    }
    const expected = field.map ? LENGTH_DELIMITED : (WIRE_TYPES[field.type] ?? LENGTH_DELIMITED);
    if (wireType !== expected) throw malformed();
    if (field.resolvedType instanceof protobuf.Type && content !== undefined)
      requireKnownFields(field.resolvedType, content);
  });
};

/** Returns a decoded message as Kubernetes writes it in JSON: without empty texts, and with an IntOrString as a scalar. */
const asJson = (type: protobuf.Type, message: Draft): Draft => {
  const json: Draft = {};
  for (const [name, value] of Object.entries(message)) {
    const field = type.fields[name];
    if (field === undefined || (value === '' && field.type === 'string')) continue;
    json[name] = field.resolvedType instanceof protobuf.Type ? nestedJson(field.resolvedType, value) : value;
  }
  return json;
};

const nestedJson = (type: protobuf.Type, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => nestedJson(type, item));
  if (type.name !== 'IntOrString') return asJson(type, value as Draft);
  const { type: kind = 0, intVal = 0, strVal = '' } = value as { type?: number; intVal?: number; strVal?: string };
  return kind === 0 ? intVal : strVal;
};

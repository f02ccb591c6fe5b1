import { badRequest, unsupportedMediaType } from '../../../server/wire/status.ts';
import type { Draft } from '../../../server/wire/writes/complete-object.ts';
import { unreachable } from '../../../unreachable.ts';
import { messages } from './messages.ts';
import type { FieldType } from './messages.ts';

/** Objects of built-in kinds, as client-go's typed clients write them. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const MAGIC = Buffer.from('k8s\0');
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** One field as it travels: a number, or bytes. */
interface WireField {
  readonly number: number;
  readonly value: number | Buffer;
}

const malformed = (): Error => badRequest('the body of the request is not valid protobuf');

/** Integers above 2^53 lose digits; no field read here is that large. */
const varint = (bytes: Buffer, start: number): readonly [value: number, end: number] => {
  let value = 0n;
  for (let index = start; index < bytes.length && index < start + 10; index += 1) {
    const byte = bytes[index] ?? 0;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (index - start));
    if (byte < 0x80) return [Number(BigInt.asIntN(64, value)), index + 1];
  }
  throw malformed();
};

function* fieldsOf(bytes: Buffer): Iterable<WireField> {
  let position = 0;
  while (position < bytes.length) {
    const [tag, afterTag] = varint(bytes, position);
    const number = Math.floor(tag / 8);
    const [value, afterValue] = varint(bytes, afterTag);
    if (tag % 8 === VARINT) {
      yield { number, value };
      position = afterValue;
    } else if (tag % 8 === LENGTH_DELIMITED && value >= 0 && afterValue + value <= bytes.length) {
      yield { number, value: bytes.subarray(afterValue, afterValue + value) };
      position = afterValue + value;
    } else throw malformed();
  }
}

const asBytes = (value: number | Buffer): Buffer => {
  if (typeof value === 'number') throw malformed();
  return value;
};

const asNumber = (value: number | Buffer): number => {
  if (typeof value !== 'number') throw malformed();
  return value;
};

/** A key and a value, both of which may be missing when empty. */
const mapEntry = (bytes: Buffer, encoding: 'utf8' | 'base64'): readonly [string, string] => {
  let [key, value] = ['', ''];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) key = asBytes(field.value).toString();
    else value = asBytes(field.value).toString(encoding);
  }
  return [key, value];
};

const intOrString = (bytes: Buffer): number | string => {
  const [type = 0, number = 0, text = ''] = [1, 2, 3].map(
    (wanted) => [...fieldsOf(bytes)].find((field) => field.number === wanted)?.value,
  );
  return type === 0 ? asNumber(number) : String(text);
};

const isEmpty = (value: number | Buffer): boolean => (typeof value === 'number' ? value === 0 : value.length === 0);

/** Adds one occurrence of a field to what is there of it already. */
const added = (present: unknown, type: FieldType, value: number | Buffer): unknown => {
  const list = Array.isArray(present) ? (present as readonly unknown[]) : [];
  const map = (present ?? {}) as Draft;
  if (typeof type === 'object') {
    const nested = decoded('message' in type ? type.message : type.messages, asBytes(value));
    return 'message' in type ? nested : [...list, nested];
  }
  switch (type) {
    case 'string':
      return asBytes(value).toString();
    case 'strings':
      return [...list, asBytes(value).toString()];
    case 'number':
      return asNumber(value);
    case 'boolean':
      return value !== 0;
    case 'stringMap':
    case 'bytesMap': {
      const [key, text] = mapEntry(asBytes(value), type === 'stringMap' ? 'utf8' : 'base64');
      return { ...map, [key]: text };
    }
    case 'intOrString':
      return intOrString(asBytes(value));
    default:
      return unreachable(type);
  }
};

/** A message as JSON has it. A field that says something and is not known is refused, rather than lost. */
const decoded = (name: string, bytes: Buffer): Draft => {
  const message = messages[name];
  if (message === undefined) throw unsupportedMediaType(['application/json', 'application/yaml']);
  const draft: Draft = {};
  for (const { number, value } of fieldsOf(bytes)) {
    const known = message[number];
    if (known === undefined) {
      if (isNothing(value)) continue;
      throw unsupportedMediaType(['application/json', 'application/yaml']);
    }
    const [field, type] = known;
    if (type === 'string' && isEmpty(value)) continue;
    draft[field] = added(draft[field], type, value);
  }
  return draft;
};

/** Go's encoder writes fields that are not pointers even when they are zero: empty, or messages of nothing but such fields. */
const isNothing = (value: number | Buffer): boolean => {
  if (isEmpty(value)) return true;
  if (typeof value === 'number') return false;
  try {
    return [...fieldsOf(value)].every((field) => isNothing(field.value));
  } catch {
    // Not a message but a text, and one that is not empty.
    return false;
  }
};

/**
 * The object in a protobuf body: those of `messages.ts`, as far as they are listed there. Everything else is answered 415; the same
 * command works with `--dry-run=client -o yaml | kubectl create -f -`.
 */
export function decodeProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) throw malformed();
  const envelope = [...fieldsOf(body.subarray(MAGIC.length))];
  const field = (number: number): Buffer =>
    asBytes(envelope.find((candidate) => candidate.number === number)?.value ?? Buffer.alloc(0));
  const { apiVersion, kind } = decoded('TypeMeta', field(1));
  if (typeof kind !== 'string') throw malformed();
  return { apiVersion, kind, ...decoded(kind, field(2)) };
}

/**
 * Decoding of `metadata` (apimachinery's ObjectMeta), the same rule for custom resources and for rows of projections. Upstream decodes it
 * into a struct and ignores the schema of the object. So values of another type are rejected, unknown fields are dropped, and null is
 * ignored.
 * @module
 */
import { fieldsRead, goTypeMismatch, type Read, type Reader } from './go-shapes.ts';

/** An entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean | undefined;
  readonly blockOwnerDeletion?: boolean | undefined;
}

/** The part of `ObjectMeta` that the server reads, in wire form: timestamps are RFC 3339 strings. */
export interface ObjectMeta {
  readonly name?: string | undefined;
  readonly generateName?: string | undefined;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly generation?: number | undefined;
  readonly creationTimestamp?: string | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly deletionGracePeriodSeconds?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
  readonly finalizers?: readonly string[] | undefined;
  readonly managedFields?: readonly unknown[] | undefined;
}

const text: Reader = (value, at) => (typeof value === 'string' ? { value } : goTypeMismatch(value, at, 'string'));

const flag: Reader = (value, at) => (typeof value === 'boolean' ? { value } : goTypeMismatch(value, at, 'bool'));

const count: Reader = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? { value } : goTypeMismatch(value, at, 'int64');

const isNullish = (value: unknown): value is null | undefined => value === null || value === undefined;

/** Go's zero time, 0001-01-01T00:00:00Z, in milliseconds since the epoch. Go writes it for a time that is not set. */
export const ZERO_TIME = -62_135_596_800_000;

/** RFC 3339. The offset is required. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Returns milliseconds since the epoch, or NaN. `Date.parse` alone would accept 30 February, the hour 24, and other forms. */
function parseTime(text: string): number {
  if (!TIME.test(text) || text.slice(11, 13) > '23') return Number.NaN;
  const day = Number(text.slice(8, 10));
  const isInMonth = day <= 28 || day <= daysOfMonth(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
  return isInMonth ? Date.parse(text) : Number.NaN;
}

/** @param month from 1 to 12 */
function daysOfMonth(year: number, month: number): number {
  // Date.UTC takes years below 100 for years of the 20th century. The calendar repeats after 400 years.
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

/** Times have whole seconds in UTC, like upstream. */
const time: Reader = (value, at) => {
  if (typeof value !== 'string') return goTypeMismatch(value, at, 'string');
  const milliseconds = parseTime(value);
  if (!Number.isNaN(milliseconds)) return { value: `${new Date(milliseconds).toISOString().slice(0, 19)}Z` };
  const problem = `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse it`;
  return { problem };
};

const anything: Reader = (value) => ({ value });

const texts: Reader = (value, at) => {
  if (!Array.isArray(value)) return goTypeMismatch(value, at, '[]string');
  for (const item of value) if (typeof item !== 'string' && !isNullish(item)) return goTypeMismatch(item, at, 'string');
  return { value: value.map((item: unknown) => item ?? '') };
};

const textsByKey: Reader = (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return goTypeMismatch(value, at, 'map[string]string');
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  for (const [, item] of entries) {
    if (typeof item !== 'string' && !isNullish(item)) return goTypeMismatch(item, at, 'string');
  }
  // JSON has no undefined members. Go reads a member that is null as an empty text.
  const defined = entries.filter(([, item]) => item !== undefined);
  return { value: Object.fromEntries(defined.map(([key, item]) => [key, item ?? ''])) };
};

const list =
  (of: string, fields: Readonly<Record<string, Reader>>): Reader =>
  (value, at, path) => {
    if (!Array.isArray(value)) return goTypeMismatch(value, at, `[]v1.${of}`);
    const unknown: string[] = [];
    const items: unknown[] = [];
    for (const [index, item] of value.entries()) {
      const read = fieldsRead(item ?? {}, fields, { struct: of, path: `${path}[${index}]` });
      if ('problem' in read) return read;
      items.push(read.value);
      unknown.push(...(read.unknown ?? []));
    }
    return { value: items, unknown };
  };

const FIELDS: Readonly<Record<string, Reader>> = {
  name: text,
  generateName: text,
  namespace: text,
  selfLink: text,
  uid: text,
  resourceVersion: text,
  generation: count,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: count,
  labels: textsByKey,
  annotations: textsByKey,
  ownerReferences: list('OwnerReference', {
    apiVersion: text,
    kind: text,
    name: text,
    uid: text,
    controller: flag,
    blockOwnerDeletion: flag,
  }),
  finalizers: texts,
  managedFields: list('ManagedFieldsEntry', {
    manager: text,
    operation: text,
    apiVersion: text,
    time,
    fieldsType: text,
    fieldsV1: anything,
    subresource: text,
  }),
};

/** Reads metadata. The result contains the metadata, or the problem in the words of Go's decoder. */
export function readObjectMeta(value: unknown): Read<ObjectMeta> {
  return fieldsRead(value ?? {}, FIELDS, { struct: 'ObjectMeta', path: 'metadata' }) as Read<ObjectMeta>;
}

/**
 * Returns whether metadata has only the fields that most objects have, with values of the right types and without null. It is a fast check
 * for the common case: {@link readObjectMeta} accepts all such metadata and more.
 */
export function isPlainObjectMeta(metadata: Readonly<Record<string, unknown>>): boolean {
  for (const field of Object.keys(metadata)) {
    const value = metadata[field];
    if (value === undefined) continue;
    switch (field) {
      case 'name':
      case 'namespace':
      case 'generateName':
        if (typeof value !== 'string') return false;
        break;
      case 'labels':
      case 'annotations':
        if (!isTextsByKey(value)) return false;
        break;
      case 'creationTimestamp':
      case 'deletionTimestamp':
        if (typeof value !== 'string' || Number.isNaN(parseTime(value))) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

function isTextsByKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const members = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(members)) {
    const member = members[key];
    if (typeof member !== 'string' && member !== undefined) return false;
  }
  return true;
}

/**
 * Decoding of `metadata` (apimachinery's ObjectMeta). Upstream decodes it into a struct and ignores the schema of the object. So values of
 * another type are rejected, unknown fields are dropped, and null is ignored.
 * @module
 */
import type { Json, ObjectMeta } from '../object.ts';
import { fieldsRead, goTypeMismatch, type Read, type Reader } from './go-shapes.ts';

const text: Reader = (value, at) => (typeof value === 'string' ? { value } : goTypeMismatch(value, at, 'string'));

const flag: Reader = (value, at) => (typeof value === 'boolean' ? { value } : goTypeMismatch(value, at, 'bool'));

const count: Reader = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? { value } : goTypeMismatch(value, at, 'int64');

/** Times have whole seconds in UTC, like upstream. */
const time: Reader = (value, at) => {
  if (typeof value !== 'string') return goTypeMismatch(value, at, 'string');
  const milliseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(milliseconds)) return { value: `${new Date(milliseconds).toISOString().slice(0, 19)}Z` };
  const problem = `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse it`;
  return { problem };
};

const anything: Reader = (value) => ({ value });

const texts: Reader = (value, at) => {
  if (!Array.isArray(value)) return goTypeMismatch(value, at, '[]string');
  for (const item of value) if (typeof item !== 'string' && item !== null) return goTypeMismatch(item, at, 'string');
  return { value: value.map((item: Json) => item ?? '') };
};

const textsByKey: Reader = (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return goTypeMismatch(value, at, 'map[string]string');
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  for (const [, item] of entries) {
    if (typeof item !== 'string' && item !== null) return goTypeMismatch(item, at, 'string');
  }
  return { value: Object.fromEntries(entries.map(([key, item]) => [key, item ?? ''])) };
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

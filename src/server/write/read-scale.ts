/**
 * Reads the Scale object (autoscaling/v1) that clients send to the scale subresource of any resource.
 * @module
 */
import { SCALE } from '../define/scale.ts';
import { invalidField } from '../wire/field-error.ts';
import type { KubernetesObject, ObjectMeta } from '../wire/object.ts';
import { badRequest, invalid } from '../wire/status.ts';
import { fieldsRead, goTypeMismatch, type Reader } from '../../object-meta/go-shapes.ts';
import { readObjectMeta } from '../../object-meta/object-meta.ts';
import { type NamespacedName, withPathNamespace } from './read-object.ts';

const MAX_INT32 = 2 ** 31 - 1;

const text: Reader = (value, at) => (typeof value === 'string' ? { value } : goTypeMismatch(value, at, 'string'));

const count: Reader = (value, at) =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_INT32
    ? { value }
    : goTypeMismatch(value, at, 'int32');

const struct =
  (name: string, fields: Readonly<Record<string, Reader>>): Reader =>
  (value, _at, path) =>
    fieldsRead(value, fields, { struct: name, path });

const FIELDS: Readonly<Record<string, Reader>> = {
  apiVersion: text,
  kind: text,
  metadata: (value) => readObjectMeta(value),
  spec: struct('ScaleSpec', { replicas: count }),
  status: struct('ScaleStatus', { replicas: count, selector: text }),
};

/** A Scale, and the paths of its unknown fields. */
export interface ReadScale {
  readonly object: KubernetesObject;
  readonly unknown: readonly string[];
}

/** Reads a Scale. @throws ApiError 400; 422 for the result of a patch */
export function readScale(value: unknown, path: NamespacedName, source: 'body' | 'patch'): ReadScale {
  const read = fieldsRead(value, FIELDS, { struct: SCALE.kind, path: '' });
  if ('problem' in read) {
    if (source === 'patch') throw invalid({ group: '', kind: '' }, '', [invalidField('patch', value, read.problem)]);
    const kind = JSON.stringify(SCALE.version);
    throw badRequest(`${SCALE.kind} in version ${kind} cannot be handled as a ${SCALE.kind}: ${read.problem}`);
  }
  const object = read.value as KubernetesObject;
  const { apiVersion = '', kind = '' } = object;
  const expected = `${SCALE.group}/${SCALE.version}`;
  if ((apiVersion !== '' && apiVersion !== expected) || (kind !== '' && kind !== SCALE.kind)) {
    throw badRequest(`${apiVersion}, Kind=${kind} cannot be handled as a ${expected}, Kind=${SCALE.kind}`);
  }
  const metadata: ObjectMeta = object.metadata ?? {};
  return {
    object: { ...object, metadata: withPathNamespace(metadata, { namespaced: path.namespace !== '' }, path) },
    unknown: read.unknown ?? [],
  };
}

/**
 * Complete objects: the server has set all fields that it sets at a create.
 * @module
 */
import type { KubernetesObject, ObjectMeta } from '../object.ts';

/** `metadata` with all fields that the server sets. */
export interface CompleteMeta extends ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

/**
 * An object with all fields that the server sets. It is immutable: a write makes another one. Readers share it and must not change it.
 */
export interface CompleteObject extends KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: CompleteMeta;
  readonly [field: string]: unknown;
}

/**
 * An object that a caller passes to the fake cluster. The second alternative makes the compiler accept literals with any fields.
 */
export type ObjectInput = KubernetesObject | (KubernetesObject & { readonly [field: string]: unknown });

/** A JSON object under construction. */
export type Draft = { [field: string]: unknown };

/**
 * Returns a copy that contains only JSON: without members that are undefined, and with a Date as text. The copy shares nothing with the
 * original.
 */
export function jsonCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => jsonCopy(item) ?? null);
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON();
  const copy: Draft = {};
  for (const [field, content] of Object.entries(value)) {
    if (content === undefined) continue;
    if (field === '__proto__') {
      // An ordinary field: an assignment would set the prototype.
      Object.defineProperty(copy, field, {
        value: jsonCopy(content),
        configurable: true,
        enumerable: true,
        writable: true,
      });
    } else copy[field] = jsonCopy(content);
  }
  return copy;
}

/** Returns the object with another resourceVersion. All other parts are shared. */
export function withResourceVersion(object: CompleteObject, revision: number): CompleteObject {
  return {
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(revision) },
  };
}

import type { KubernetesObject, ObjectMeta } from '../object.ts';

/** `metadata` as the fake cluster keeps it: what the server fills in is there. */
export interface CompleteMeta extends ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

/**
 * An object of the fake cluster. It is never changed once stored: a write stores another one. Readers get the very object and
 * must leave it as it is.
 */
export interface CompleteObject extends KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: CompleteMeta;
  readonly [field: string]: unknown;
}

/**
 * An object handed to the cluster. It may be of a type of its own (`V1Pod`) or a literal with whatever fields: the second
 * alternative keeps the compiler from refusing these.
 */
export type ObjectInput = KubernetesObject | (KubernetesObject & { readonly [field: string]: unknown });

/** A JSON object that is being written. */
export type Draft = { [field: string]: unknown };

/** A copy made of plain JSON: no `undefined`, no class instances (a Date becomes its text). Nothing is shared with the original. */
export function jsonCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => jsonCopy(item) ?? null);
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON();
  const copy: Draft = {};
  for (const [field, content] of Object.entries(value)) {
    if (content === undefined) continue;
    if (field === '__proto__') {
      // A field like any other: an assignment would make it the prototype.
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

/** The object with another resourceVersion; the rest is shared. */
export function withResourceVersion(object: CompleteObject, revision: number): CompleteObject {
  return {
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(revision) },
  };
}

/**
 * Objects of the public API that have no public members. Each stands for parts that only the server reads. The parts can change without a
 * change of the API.
 * @module
 */
declare const parts: unique symbol;

/** An object that stands for `Parts`. */
export interface Opaque<Parts> {
  readonly [parts]: Parts;
}

const PARTS = new WeakMap<object, unknown>();

/** Returns a new object that stands for the parts. */
export function opaque<Parts>(objectParts: Parts): Opaque<Parts> {
  const object = Object.freeze({}) as Opaque<Parts>;
  PARTS.set(object, objectParts);
  return object;
}

/**
 * Returns the parts that an object stands for.
 * @throws TypeError for an object that was not made by {@link opaque}
 */
export function partsOf<Parts>(object: Opaque<Parts>): Parts {
  if (typeof object !== 'object' || object === null || !PARTS.has(object)) {
    throw new TypeError(
      'resources: each item must be made by resource(definition, content) or rawEndpoint(definition)',
    );
  }
  return PARTS.get(object) as Parts;
}

/**
 * Objects of the public API without public members. Each stands for parts that only the server reads, so that the parts may change
 * without breaking users.
 * @module
 */
declare const parts: unique symbol;

/** An object that stands for `Parts`. */
export interface Opaque<Parts> {
  readonly [parts]: Parts;
}

const PARTS = new WeakMap<object, unknown>();

/** Returns a new object that stands for the parts. */
export function opaque<Parts>(partsOfObject: Parts): Opaque<Parts> {
  const made = Object.freeze({}) as Opaque<Parts>;
  PARTS.set(made, partsOfObject);
  return made;
}

/**
 * Returns the parts that an object stands for.
 * @throws TypeError for an object that was not made by {@link opaque}
 */
export function partsOf<Parts>(made: Opaque<Parts>): Parts {
  if (typeof made !== 'object' || made === null || !PARTS.has(made)) {
    throw new TypeError(
      'resources: each item must be made by resource(definition, content) or rawEndpoint(definition)',
    );
  }
  return PARTS.get(made) as Parts;
}

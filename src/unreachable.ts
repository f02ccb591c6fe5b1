/**
 * The end of a `switch` over a union.
 * @module
 */

/**
 * Makes the compiler reject the call while the switch lacks a case. A value from outside that breaks its type is reported at run time.
 * @throws TypeError always
 */
export function unreachable(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}

/**
 * The end of a `switch` over a union.
 * @module
 */

/**
 * Call it in the `default` case. The call does not compile while the switch lacks a case of the union. At run time it reports a value that
 * the type does not allow, such as a value from untyped JavaScript.
 * @throws TypeError always
 */
export function unreachable(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}

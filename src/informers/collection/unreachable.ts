/** Ends a `switch` over a union: a member that was forgotten fails to compile, one that came from outside throws. */
export function unreachable(value: never): never {
  throw new TypeError(`unexpected ${JSON.stringify(value)}`);
}

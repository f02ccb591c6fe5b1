/**
 * Closes a switch over a union: the compiler refuses the call while a case is missing, and at run time a value that lies about its
 * type is reported instead of falling through.
 */
export const unreachable = (value: never): never => {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
};

/**
 * The rules for users' functions: a function must be pure and must not change objects. In production the rules are not checked, because
 * that would double the cost of each call. In tests, `purityGuard` of `kubefacet/testing` installs a guard here that checks them.
 * @module
 */

/**
 * A type with readonly properties and arrays at every depth. Functions stay as they are.
 * @example
 * informers.of<Widget>(widgets) // a collection of DeepReadonly<Widget>
 */
export type DeepReadonly<T> = T extends (...parameters: never[]) => unknown
  ? T
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** Checks users' functions and protects rows. */
export interface FunctionGuard {
  /** Returns a function that calls `work` and checks its result. `operator` names the function in errors. */
  guarded<A extends readonly unknown[], R>(operator: string, work: (...args: A) => R): (...args: A) => R;
  /** Returns the row, protected against changes. */
  row<R>(row: R): R;
}

let guard: FunctionGuard | undefined;

/** Installs the guard of this process; undefined removes it. */
export function installGuard(next: FunctionGuard | undefined): void {
  guard = next;
}

/** Returns a function that calls the user's function `work`. Its calls are checked while a guard is installed. */
export function pure<A extends readonly unknown[], R>(operator: string, work: (...args: A) => R): (...args: A) => R {
  let guardedBy: FunctionGuard | undefined;
  let guarded = work;
  return (...args) => {
    if (guard === undefined) return work(...args);
    if (guardedBy !== guard) {
      guardedBy = guard;
      guarded = guard.guarded(operator, work);
    }
    return guarded(...args);
  };
}

/** Returns the row. While a guard is installed, the row is protected against changes. */
export function guardedRow<R>(row: R): R {
  return guard === undefined ? row : guard.row(row);
}

/** Freezes a value and everything in it, so that code that changes it fails immediately. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}

/** Returns whether a value can be awaited. Users' functions must not return such a value. */
export function isPromiseLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/**
 * Returns whether a function that must not be async has returned a promise, which the caller reports as an error. If the promise is
 * rejected later, that is ignored: Node would otherwise end the process, because nothing awaits the promise.
 */
export function isForbiddenPromise(value: unknown): boolean {
  if (!isPromiseLike(value)) return false;
  Promise.resolve(value as PromiseLike<unknown>).catch(() => undefined);
  return true;
}

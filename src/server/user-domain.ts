/**
 * A domain for code of users, so that its errors never end the process.
 *
 * An error that a function throws is reported by its promise. Other errors are reported by nothing: a socket or a stream that emits `error`
 * without a listener, a timer, a promise that nothing awaits. Node would end the process. A domain of Node receives them, whatever the
 * function has created.
 * @module
 */
import type { Domain } from 'node:domain';

/** Runs code of a user. */
export class UserDomain {
  readonly #domain: Domain;

  /** @param onError receives the errors that nothing else handles, also after the code has returned. It must not throw */
  constructor(onError: (error: unknown) => void) {
    // Loaded with the first domain only, because domains slow down all promises of the process a little.
    this.#domain = process.getBuiltinModule('node:domain').create();
    this.#domain.on('error', onError);
  }

  /** Runs a function. Rejects with the error that it throws. */
  run<V>(code: () => V | PromiseLike<V>): Promise<V> {
    // An error that `domain.run` itself throws would leave the domain active.
    return this.#domain.run(() => invoke(code));
  }
}

/**
 * Runs a function of a user to its end. Rejects with its error, or with an error of its timers, sockets and emitters.
 * @param onLateError receives such an error when the function has already returned. It must not throw
 */
export async function callInDomain<V>(
  code: () => V | PromiseLike<V>,
  onLateError: (error: unknown) => void,
): Promise<V> {
  const failed = Promise.withResolvers<never>();
  // The race may be over.
  failed.promise.catch(() => undefined);
  let isOver = false;
  const domain = new UserDomain((error) => (isOver ? onLateError(error) : failed.reject(error)));
  try {
    return await Promise.race([domain.run(code), failed.promise]);
  } finally {
    isOver = true;
  }
}

/** Runs a function of the framework that a user's code has called, so that its timers and streams are not in the domain of the user. */
export function outsideDomain<V>(run: () => V): V {
  const { domain } = process as { readonly domain?: Domain | null };
  if (domain === undefined || domain === null) return run();
  domain.exit();
  try {
    return run();
  } finally {
    domain.enter();
  }
}

async function invoke<V>(code: () => V | PromiseLike<V>): Promise<V> {
  return await code();
}

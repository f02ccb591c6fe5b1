/**
 * Helpers for abort signals. They remove their listeners, so that a signal that lives long does not collect the listeners of work that
 * has ended. `AbortSignal.any` does not give this control: it lets go of its sources only at garbage collection.
 * @module
 */

/**
 * Calls `listener` once, when the signal is aborted. If it is already aborted, the call happens at once.
 * @returns a function that removes the listener; calling it again has no effect
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/**
 * An abort controller whose signal is also aborted when a parent signal is, for the same reason. Call `unlink` (or `abort`) when the
 * work has ended.
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #removeListeners: readonly (() => void)[];

  constructor(...parents: readonly (AbortSignal | undefined)[]) {
    this.#removeListeners = parents
      .filter((parent) => parent !== undefined)
      .map((parent) => onAbort(parent, () => this.#controller.abort(parent.reason)));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
    this.unlink();
  }

  /** Removes the listeners from the parents. Calling it again has no effect. */
  unlink(): void {
    for (const removeListener of this.#removeListeners) removeListener();
  }
}

/**
 * Settles like `promise`, or rejects with the signal's reason if the signal is aborted first. A later failure of the promise is ignored.
 * @throws the reason of the signal
 */
export function unlessAborted<R>(promise: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise((resolve, reject) => {
    const removeListener = onAbort(signal, () => reject(signal.reason));
    promise
      .then(resolve, (error: unknown) => reject(signal.aborted ? signal.reason : error))
      .finally(() => removeListener());
  });
}

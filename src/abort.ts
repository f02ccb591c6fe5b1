/**
 * Helpers for abort signals that remove their own listeners. A long-lived signal therefore does not accumulate the listeners of finished
 * work. `AbortSignal.any` does not offer this: it releases its sources only at garbage collection.
 * @module
 */

/** The reason of signals that only mean that nothing waits any longer. Node would make a new exception, with its stack, for each of them. */
export const ENDED = new DOMException('This operation was aborted', 'AbortError');

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
 * An abort controller with parent signals. When a parent is aborted, this signal is aborted with the same reason. Call `unlink` (or
 * `abort`) when the work has ended, to remove the listeners from the parents.
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

  abort(reason: unknown = ENDED): void {
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

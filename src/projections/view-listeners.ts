/**
 * The listeners of a view: callbacks for every change and for every error of a row, and promises that wait for a position.
 * @module
 */
import type { RowError } from '../informers/collection/errors.ts';

/** Callbacks and waiting promises. The view notifies them at the end of a tick. */
export class ViewListeners {
  readonly #listeners = new Set<() => void>();
  readonly #errorListeners = new Set<(error: RowError) => void>();
  readonly #waiting = new Set<() => void>();

  /** Calls `listener` whenever rows or the readiness have changed. @returns a function that removes the listener */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` for each error that {@link reportError} receives. @returns a function that removes the listener */
  onRowError(listener: (error: RowError) => void): () => void {
    this.#errorListeners.add(listener);
    return () => this.#errorListeners.delete(listener);
  }

  reportError(error: RowError): void {
    for (const listener of this.#errorListeners) listener(error);
  }

  /**
   * Waits until a condition on the frontier or the readiness holds.
   * @returns true when the condition holds; false if the signal was aborted first
   * @throws the error of `holds`
   */
  async until(holds: () => boolean, signal: AbortSignal): Promise<boolean> {
    if (holds()) return true;
    if (signal.aborted) return false;
    return new Promise((resolve, reject) => {
      const check = (): void => {
        try {
          const held = holds();
          if (!held && !signal.aborted) return;
          resolve(held);
        } catch (error) {
          reject(error);
        }
        this.#waiting.delete(check);
        signal.removeEventListener('abort', check);
      };
      this.#waiting.add(check);
      signal.addEventListener('abort', check, { once: true });
    });
  }

  /**
   * Notifies the listeners. After a change of rows or readiness it calls all of them. If only the frontier has moved, it calls only those
   * that wait in {@link until}.
   * @throws AggregateError of the errors that listeners threw, after all of them were called
   */
  notify(what: 'change' | 'frontier'): void {
    const errors: unknown[] = [];
    for (const listener of what === 'change' ? [...this.#listeners, ...this.#waiting] : this.#waiting) {
      try {
        listener();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'some listeners of the view failed');
  }
}

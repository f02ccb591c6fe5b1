/**
 * Who is told of what in a view: listeners of every change, and those who wait for the frontier.
 * @module
 */

/** See the top of this file. All are called at the end of a tick. */
export class ViewListeners {
  readonly #listeners = new Set<() => void>();
  readonly #waiting = new Set<() => void>();

  /** Calls back whenever rows or the readiness have changed. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Waits until a condition of the frontier or the readiness holds.
   * @returns false when the signal was aborted first; rejects with what `holds` throws
   */
  async until(holds: () => boolean, signal: AbortSignal): Promise<boolean> {
    if (holds()) return true;
    if (signal.aborted) return false;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          const held = holds();
          if (!held && !signal.aborted) return;
          resolve(held);
        } catch (error) {
          reject(error);
        }
        this.#waiting.delete(look);
        signal.removeEventListener('abort', look);
      };
      this.#waiting.add(look);
      signal.addEventListener('abort', look, { once: true });
    });
  }

  /**
   * Rows or readiness have changed, or the frontier alone. Everybody is told, also when one throws.
   * @throws AggregateError of what they threw
   */
  tell(what: 'change' | 'frontier'): void {
    const errors: unknown[] = [];
    for (const listener of what === 'change' ? [...this.#listeners, ...this.#waiting] : this.#waiting) {
      try {
        listener();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'some that were told of a change of the view failed');
  }
}

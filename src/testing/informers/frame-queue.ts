/** What has been sent and not been read yet, as an async iterable that the sender can end or break. Read by one reader. */
export class FrameQueue<F> implements AsyncIterable<F> {
  readonly #waiting: F[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** Whether it has ended, for whatever reason. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  push(frame: F): void {
    if (this.#end !== undefined) return;
    this.#waiting.push(frame);
    this.#wake?.();
  }

  /** A clean end, after what has been sent. */
  end(): void {
    this.#end ??= {};
    this.#wake?.();
  }

  /** Breaks off, after what has been sent. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<F, void, void> {
    try {
      for (;;) {
        const frame = this.#waiting.shift();
        if (frame !== undefined) {
          yield frame;
        } else if (this.#end !== undefined) {
          if ('error' in this.#end) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.end();
    }
  }
}

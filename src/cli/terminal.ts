/**
 * The terminal that a command runs in, and the signals that end the command.
 * @module
 */

/** The terminal that a command runs in. */
export interface Terminal {
  readonly out: NodeJS.WriteStream;
  /** An abort ends the command. */
  readonly signal: AbortSignal;
}

/** Returns the terminal of this process. Ctrl-C or SIGTERM aborts its signal. A second one ends the process immediately, with code 1. */
export function processTerminal(): Terminal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort();
    });
  }
  return { out: process.stdout, signal: controller.signal };
}

/** Resolves when the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

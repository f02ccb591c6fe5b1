/**
 * The terminal that a command runs in, and the signals that end the command.
 * @module
 */

import type { Logger } from '../server/index.ts';

/** The time that code of a module gets to end after the shutdown of its server. */
const LINGER_MS = 5000;

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

/** Ends the process if code of a module, such as a timer, keeps it running after the shutdown. */
export function endLater(log: Pick<Logger, 'warn'>): void {
  const end = (): void => {
    log.warn('the module has not ended, so the process ends without it; end it on the signal', {
      active: process.getActiveResourcesInfo(),
    });
    process.exit();
  };
  setTimeout(end, LINGER_MS).unref();
}

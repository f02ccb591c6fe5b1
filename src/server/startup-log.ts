/**
 * The lines that a server logs when it starts.
 * @module
 */
import type { Logger } from './logger.ts';
import type { ServedView } from './read/served-view.ts';

/** The facts about a server that has begun to listen. */
export interface StartedServer {
  /** The address: `0.0.0.0:8443`. */
  readonly address: string;
  /** Whether every client may do everything. */
  readonly isInsecure: boolean;
  readonly isReady: () => boolean;
  readonly served: readonly ServedView[];
  readonly signal: AbortSignal;
}

/**
 * Logs that the server listens, and once when it is ready.
 * @returns a function to call when something other than the rows may have made the server ready
 */
export function logStartup(log: Logger, server: StartedServer): () => void {
  const { address, isInsecure, isReady, served, signal } = server;
  log.info(`listening on https://${address}`);
  if (isInsecure) {
    log.warn(
      `authentication 'insecure-dev': every client that can reach https://${address} may do everything; use it for development only`,
    );
  }
  let isLogged = false;
  const check = (): void => {
    if (isLogged || signal.aborted || !isReady()) return;
    isLogged = true;
    end();
    log.info('ready: all checks of /readyz pass');
  };
  const removals = served.map(({ view }) => view.onChange(check));
  const end = (): void => removals.forEach((remove) => remove());
  signal.addEventListener('abort', end, { once: true });
  check();
  if (!isLogged) log.info('not ready yet: /readyz?verbose lists the checks that fail');
  return check;
}

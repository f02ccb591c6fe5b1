/**
 * The lines that a server logs when it starts.
 * @module
 */
import type { Logger } from './logger.ts';
import type { ServedView } from './read/served-view.ts';

/** The facts about a server that starts. */
export interface StartingServer {
  /** Whether every client may do everything. */
  readonly isInsecure: boolean;
  readonly isReady: () => boolean;
  readonly served: readonly ServedView[];
  readonly signal: AbortSignal;
}

/** Logs that a server has started, and once when it is ready. */
export class StartupLog {
  readonly #log: Logger;
  readonly #server: StartingServer;
  #removals: readonly (() => void)[] | undefined;
  #isReadyLogged = false;

  constructor(log: Logger, server: StartingServer) {
    this.#log = log;
    this.#server = server;
  }

  /** The server listens on this address: `0.0.0.0:8443`. */
  listening(address: string): void {
    this.#log.info(`listening on https://${address}`);
    this.#warn(`can reach https://${address}`);
    this.#follow();
  }

  /** The server has started, and a server of the user passes requests to `handle`. */
  started(): void {
    if (this.#removals !== undefined) return;
    this.#log.info('started: requests arrive through handle');
    this.#warn('can reach handle');
    this.#follow();
  }

  /** Logs once when the server is ready. Call it when something other than the rows may have made the server ready. */
  check(): void {
    const { isReady, signal } = this.#server;
    if (this.#removals === undefined || this.#isReadyLogged || signal.aborted || !isReady()) return;
    this.#isReadyLogged = true;
    this.#end();
    this.#log.info('ready: all checks of /readyz pass');
  }

  #warn(access: string): void {
    if (!this.#server.isInsecure) return;
    this.#log.warn(
      `authentication 'insecure-dev': every client that ${access} may do everything; use it for development only`,
    );
  }

  #follow(): void {
    if (this.#removals !== undefined) return;
    const { served, signal } = this.#server;
    this.#removals = served.map(({ view }) => view.onChange(() => this.check()));
    signal.addEventListener('abort', () => this.#end(), { once: true });
    this.check();
    if (!this.#isReadyLogged) this.#log.info('not ready yet: /readyz?verbose lists the checks that fail');
  }

  #end(): void {
    for (const remove of this.#removals ?? []) remove();
  }
}

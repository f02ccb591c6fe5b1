/**
 * The live status line of the demo, on a terminal that the log writes to as well.
 * @module
 */
import { withoutControls } from '../control-characters.ts';
import type { SourceStatus } from '../informers/index.ts';
import type { ApiServer, Logger } from '../server/index.ts';

const STATUS_INTERVAL_MS = 1000;
/** The control characters that move the cursor to the start of the line and clear the line. */
const CLEAR = '\r\u001B[K';

/** The facts that the line shows. */
export interface StatusSource {
  readonly server: Pick<ApiServer, 'counts'>;
  /** The sources of the server. */
  readonly sources: () => readonly SourceStatus[];
}

/** Draws a status line, which ends no line. Messages of its log replace it, until it is drawn again. */
export class StatusLine {
  readonly #terminal: Pick<NodeJS.WriteStream, 'write' | 'columns'>;
  #isDrawn = false;

  constructor(terminal: Pick<NodeJS.WriteStream, 'write' | 'columns'>) {
    this.#terminal = terminal;
  }

  /** Draws the line each second until the signal is aborted. */
  start({ server, sources }: StatusSource, signal: AbortSignal): void {
    let { changes } = server.counts();
    const timer = setInterval(() => {
      const counts = server.counts();
      this.draw({ ...counts, events: counts.changes - changes, problem: problemOf(sources()) });
      changes = counts.changes;
    }, STATUS_INTERVAL_MS);
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(timer);
        this.clear();
      },
      { once: true },
    );
  }

  /** Draws the line. A server stays ready while its cluster is lost, so the line shows the problem of the sources instead. */
  draw({ ready, rows, watchers, events, problem }: Status): void {
    const state =
      problem === undefined
        ? ready
          ? 'ready'
          : 'not ready'
        : `${ready ? 'stale' : 'not ready'}: ${withoutControls(problem)}`;
    const counts = ` · ${rows} objects · ${watchers} watchers · ${events} events/s `;
    // A line that wraps cannot be cleared.
    const room = (this.#terminal.columns ?? 80) - counts.length - 1;
    this.#terminal.write(
      `${CLEAR}${state.length > room ? `${state.slice(0, Math.max(0, room - 1))}…` : state}${counts}`,
    );
    this.#isDrawn = true;
  }

  /** Removes the line. */
  clear(): void {
    if (this.#isDrawn) this.#terminal.write(CLEAR);
    this.#isDrawn = false;
  }

  /** Returns a log that removes the line before each message. */
  log(log: Logger): Logger {
    return {
      debug: (message, detail) => log.debug(message, detail),
      info: (message, detail) => {
        this.clear();
        log.info(message, detail);
      },
      warn: (message, detail) => {
        this.clear();
        log.warn(message, detail);
      },
      error: (message, detail) => {
        this.clear();
        log.error(message, detail);
      },
    };
  }
}

interface Status {
  readonly ready: boolean;
  readonly rows: number;
  readonly watchers: number;
  /** The number of changes in the last second. */
  readonly events: number;
  /** The problem of the sources; undefined if they have none. */
  readonly problem: string | undefined;
}

/** Returns the problem of the first source that has one, because the line has no room for all. */
function problemOf(sources: readonly SourceStatus[]): string | undefined {
  const failing = sources.find(({ message }) => message !== undefined);
  return failing === undefined ? undefined : `${failing.name}: ${failing.message}`;
}

/**
 * Recognises an upstream that was restored from a backup: its versions have gone back, and its history is another one.
 *
 * ```
 *   trusted ──a consistent list is below the frontier──► suspected ──a minute later another one is too──► restored
 *      ▲                                                   │
 *      └──────a list reaches the frontier, or it moves─────┘
 * ```
 * A single such list may come from a server that lags. The check is a consistent list of one object, see `docs/resource-versions.md`.
 * @module
 */
import { type Cancel, type Clock, delay } from '../clock.ts';
import { isOlder } from './collection/source-version.ts';
import type { ListWatch } from './list-watch.ts';
import { withTimeLimit } from './time-limit.ts';

/**
 * The time between the two lists that show a restore. It doubles with each restore, up to an hour, so that a server whose lists lag behind its
 * watches does not end the watches of clients every minute.
 */
const CONFIRM_AFTER_MS = 60_000;
const MAX_CONFIRM_AFTER_MS = 3_600_000;
/** The minimum time between two checks. */
const MIN_INTERVAL_MS = 1000;
/** The maximum time for a check. */
const CHECK_TIMEOUT_MS = 5000;

/** Options of a {@link RestoreDetector}. */
export interface RestoreDetectorOptions {
  readonly listWatch: ListWatch<unknown>;
  readonly clock: Clock;
  readonly frontier: () => string | undefined;
  /** Called when a check has found an older version. */
  readonly onSuspected: (version: string, frontier: string) => void;
  /** Called when a second check has shown the restore. */
  readonly onRestored: (version: string) => void;
  /** Called when a check that {@link RestoreDetector.latest} made has failed. */
  readonly onFailed: () => void;
}

/** Compares consistent lists with the frontier, see the top of this file. */
export class RestoreDetector {
  readonly #options: RestoreDetectorOptions;
  readonly #signal: AbortSignal;
  #suspicion: { readonly frontier: string; readonly since: number; readonly cancel: Cancel } | undefined;
  #confirmAfter = CONFIRM_AFTER_MS;
  #lastCheck = Number.NEGATIVE_INFINITY;
  /** A check that has not begun yet. */
  #next: Promise<string | undefined> | undefined;

  /** @param signal ends all checks; after an abort there are no timers */
  constructor(options: RestoreDetectorOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#trust(), { once: true });
  }

  /** Checks in the background, unless there is no frontier yet. */
  request(): void {
    // `latest` has counted the failure. The requests on which the objects depend report their own errors.
    if (this.#options.frontier() !== undefined) this.latest().catch(() => undefined);
  }

  /**
   * Returns the version of a check that begins after the call. There is at most one check in a second, and all callers share it.
   * @throws like {@link check}
   */
  latest(): Promise<string | undefined> {
    this.#next ??= this.#checkNext();
    return this.#next;
  }

  async #checkNext(): Promise<string | undefined> {
    const { clock, onFailed } = this.#options;
    // From here on `#next` is this promise.
    await Promise.resolve();
    const wait = this.#lastCheck + MIN_INTERVAL_MS - clock.now();
    if (wait > 0) await delay(clock, wait, this.#signal);
    try {
      this.#signal.throwIfAborted();
      const checked = this.check(this.#signal);
      this.#next = undefined;
      return await checked;
    } catch (error) {
      if (!this.#signal.aborted) onFailed();
      throw error;
    }
  }

  /**
   * Reads the version of a consistent list of one object.
   * @returns the version; undefined if the server has none
   * @throws the errors of `ListWatch.list`; IdleTimeoutError; the reason of the signal
   */
  async check(signal: AbortSignal): Promise<string | undefined> {
    const { listWatch, clock } = this.#options;
    this.#lastCheck = clock.now();
    const before = this.#options.frontier();
    const limit = { clock, milliseconds: CHECK_TIMEOUT_MS, signal, what: `${listWatch.name}: a list of one object` };
    const { resourceVersion } = await withTimeLimit(limit, (limited) => listWatch.list({ limit: 1 }, limited));
    const isSame = before === this.#options.frontier();
    if (isSame && this.saw(resourceVersion) && resourceVersion !== undefined) this.#options.onRestored(resourceVersion);
    return resourceVersion;
  }

  /**
   * Records the version of a consistent list.
   * @returns whether it shows that upstream was restored
   */
  saw(version: string | undefined): boolean {
    const frontier = this.#options.frontier();
    if (version === undefined || frontier === undefined || !isOlder(version, frontier)) {
      this.#trust();
      return false;
    }
    const { clock, onSuspected } = this.#options;
    onSuspected(version, frontier);
    if (this.#suspicion?.frontier !== frontier) {
      this.#trust();
      const cancel = clock.schedule(this.#confirmAfter, () => this.request());
      this.#suspicion = { frontier, since: clock.now(), cancel };
    }
    return clock.now() - this.#suspicion.since >= this.#confirmAfter;
  }

  /** The state of the restored upstream was read. */
  accepted(): void {
    this.#trust();
    this.#confirmAfter = Math.min(this.#confirmAfter * 2, MAX_CONFIRM_AFTER_MS);
  }

  /** Ends a suspicion. */
  #trust(): void {
    this.#suspicion?.cancel();
    this.#suspicion = undefined;
  }
}

/**
 * Asks an open watch how far it has got, and notices when it has gone silent.
 * @module
 */
import type { Cancel, Clock } from '../../clock.ts';
import { StoreUnavailableError } from '../errors.ts';
import type { OpenWatch } from './etcd-watch.ts';

/** So many intervals without any answer are too many. */
const SILENT_INTERVALS = 3;

/** For one watch, from its opening to {@link WatchProgress.stop}. */
export class WatchProgress {
  readonly #watch: OpenWatch;
  readonly #clock: Clock;
  readonly #interval: number;
  #silent = 0;
  #cancel: Cancel = () => undefined;

  /** @param interval milliseconds */
  constructor(watch: OpenWatch, clock: Clock, interval: number) {
    this.#watch = watch;
    this.#clock = clock;
    this.#interval = interval;
    if (watch.progressOnRequest) this.#wait();
  }

  /** Something came. */
  heard(): void {
    this.#silent = 0;
  }

  stop(): void {
    this.#cancel();
  }

  #wait(): void {
    this.#cancel = this.#clock.schedule(this.#interval, () => {
      this.#silent += 1;
      if (this.#silent > SILENT_INTERVALS) {
        const seconds = (SILENT_INTERVALS * this.#interval) / 1000;
        this.#watch.cancel(new StoreUnavailableError(`etcd has not answered on the watch for ${seconds} s`));
        return;
      }
      this.#watch.requestProgress();
      this.#wait();
    });
  }
}

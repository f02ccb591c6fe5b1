/**
 * One open watch: initial events, then what the log brings, then bookmarks, until its deadline.
 *
 * ```
 *   initial ──all sent──► live ──deadline, client gone, cursor ended──► closed
 * ```
 * Nothing is queued for a watcher: while its socket is full it does not read the log, and when it falls out of the log it is ended,
 * having received everything up to some point and nothing after it.
 * @module
 */
import type { WatchEvent } from '../../projections/interest-group.ts';
import type { Row } from '../../projections/row.ts';
import type { WatchCursor } from '../../projections/watch-cursor.ts';
import type { Clock } from '../../clock.ts';
import type { Turns } from './turns.ts';

/** Where frames go: the response, or whatever stands for it. */
export interface FrameSink {
  /** @returns false when the receiver should be given time: `onDrain` calls back */
  write(frame: Buffer): boolean;
  onDrain(callback: () => void): void;
  end(): void;
}

/** How a watcher wants its events. */
export interface FrameEncoder {
  /** A row of the state that the watch begins with. */
  initial(row: Row): Buffer;
  event(event: WatchEvent): Buffer;
  bookmark(position: bigint, initialEventsEnd: boolean): Buffer;
  /** An ERROR event: an event could not be made, and the stream ends. */
  failure(error: unknown): Buffer;
}

/** What a watch is. */
export interface WatchPlan {
  readonly cursor: WatchCursor;
  /** Rows sent as ADDED first. */
  readonly initial: Iterator<Row> | undefined;
  /** Whether a bookmark marks the end of the initial events. */
  readonly initialEventsEnd: boolean;
  readonly bookmarks: boolean;
  /** Milliseconds until the watch ends by itself. */
  readonly lifetime: number;
  readonly encoder: FrameEncoder;
  readonly clock: Clock;
  /** In [0, 1): spreads what would otherwise happen to all watches at once. */
  readonly random: () => number;
  /** Gives the stream its turn among all that have something to read. */
  readonly turns: Turns;
}

/** Bookmarks come about this often, and once this long before the deadline (api-semantics 2.3). */
const BOOKMARK_INTERVAL_MS = 60_000;
const LAST_BOOKMARK_MS = 2000;
/** The ends of watches that a relist ends are spread over this time, so that their clients do not all come back at once. */
const STAGGER_MS = 3000;
/**
 * So much is handed over in one go, at most: rows looked at, and bytes of events (the last may reach beyond). Then others have their
 * turn.
 */
const SLICE_ROWS = 500;
const SLICE_BYTES = 64 * 1024;

/** Runs one watch. */
export class WatchStream {
  readonly #plan: WatchPlan;
  readonly #sink: FrameSink;
  readonly #cancels = new Set<() => void>();
  readonly #cursor: WatchCursor;
  readonly #turn = (): void => this.#pump();
  #phase: 'initial' | 'live' | 'closed' = 'initial';
  /** The sink wants time. */
  #blocked = false;
  /** A slice was sent, and the next one waits for its turn. */
  #resting = false;
  #sent: bigint;
  #leaving = false;

  constructor(plan: WatchPlan, sink: FrameSink) {
    this.#plan = plan;
    this.#sink = sink;
    this.#cursor = plan.cursor;
    this.#sent = plan.cursor.position;
  }

  /** Begins. The stream lives until its deadline, its cursor's end, or {@link close}. */
  start(): void {
    const { lifetime, random, bookmarks, turns } = this.#plan;
    this.#cursor.listen(() => {
      if (this.#cursor.ended === undefined) turns.take(this.#turn);
      else this.#leave();
    });
    this.#later(lifetime, () => this.close());
    if (bookmarks) {
      if (lifetime > LAST_BOOKMARK_MS) this.#later(lifetime - LAST_BOOKMARK_MS, () => this.#bookmark());
      this.#bookmarkEvery(BOOKMARK_INTERVAL_MS * (0.98 + 0.04 * random()));
    }
    this.#pump();
  }

  /** Ends the stream cleanly: after a whole line, without a word. */
  close(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#cursor.end('closed');
    this.#sink.end();
  }

  #pump(): void {
    if (this.#phase === 'closed') return;
    if (!this.#blocked && !this.#resting && this.#slice()) {
      this.#resting = true;
      this.#later(0, () => {
        this.#resting = false;
        this.#pump();
      });
    }
    if (this.#cursor.ended !== undefined) this.#leave();
  }

  /** Sends what there is, up to a slice. @returns whether there may be more that the sink would take now */
  #slice(): boolean {
    const frames: Buffer[] = [];
    try {
      if (this.#phase === 'initial') this.#readInitial(frames);
      const isAll = this.#phase === 'live' && this.#readLog(frames);
      this.#write(frames);
      return !isAll && !this.#blocked && this.#cursor.ended === undefined;
    } catch (error) {
      this.#fail(frames, error);
      return false;
    }
  }

  #readInitial(frames: Buffer[]): void {
    const { initial, encoder, initialEventsEnd } = this.#plan;
    if (this.#cursor.ended !== undefined) return;
    for (let rows = 0, bytes = 0; ; rows += 1) {
      if (rows === SLICE_ROWS || bytes >= SLICE_BYTES) return;
      const next = initial?.next();
      if (next === undefined || next.done === true) break;
      bytes += push(frames, encoder.initial(next.value));
    }
    if (initialEventsEnd) push(frames, encoder.bookmark(this.#cursor.position, true));
    this.#phase = 'live';
  }

  /** @returns whether there is nothing more to read */
  #readLog(frames: Buffer[]): boolean {
    for (let rows = 0, bytes = 0; rows < SLICE_ROWS && bytes < SLICE_BYTES; rows += 1) {
      const event = this.#cursor.next();
      if (event === undefined) return !this.#cursor.isBehind;
      bytes += push(frames, this.#plan.encoder.event(event));
      this.#sent = event.entry.position;
    }
    return false;
  }

  #bookmark(): void {
    // What waits for its turn comes first: a bookmark says that everything before it has been sent.
    this.#pump();
    if (this.#phase !== 'live' || this.#blocked || this.#resting) return;
    const position = this.#cursor.bookmark(this.#sent);
    if (position === undefined) return;
    this.#sent = position;
    this.#write([this.#plan.encoder.bookmark(position, false)]);
  }

  #bookmarkEvery(interval: number): void {
    this.#later(interval, () => {
      this.#bookmark();
      this.#bookmarkEvery(interval);
    });
  }

  #write(frames: Buffer[]): void {
    const [first] = frames;
    if (first === undefined) return;
    if (this.#sink.write(frames.length === 1 ? first : Buffer.concat(frames))) return;
    this.#blocked = true;
    this.#sink.onDrain(() => {
      this.#blocked = false;
      this.#pump();
    });
  }

  /** An event cannot be made: what was made before it is sent, then an ERROR, and nothing follows (api-semantics 2.6). */
  #fail(frames: Buffer[], error: unknown): void {
    this.#sink.write(Buffer.concat([...frames, this.#plan.encoder.failure(error)]));
    this.close();
  }

  /** The cursor is over: no more events, no more bookmarks; only the end of the stream is still to come. */
  #leave(): void {
    if (this.#leaving || this.#phase === 'closed') return;
    this.#leaving = true;
    const staggered = this.#cursor.ended === 'relist';
    if (staggered) this.#later(STAGGER_MS * this.#plan.random(), () => this.close());
    else this.close();
  }

  #later(milliseconds: number, callback: () => void): void {
    const cancel = this.#plan.clock.schedule(milliseconds, () => {
      this.#cancels.delete(cancel);
      callback();
    });
    this.#cancels.add(cancel);
  }
}

/** @returns the bytes of the frame */
function push(frames: Buffer[], frame: Buffer): number {
  frames.push(frame);
  return frame.length;
}

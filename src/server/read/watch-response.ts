/**
 * The response to one watch: the initial events, then the events of the view's log and bookmarks, until the deadline.
 *
 * ```
 *   initial ──all rows sent──► live ──deadline, client disconnected, cursor ended──► closed
 * ```
 * No events are queued for a watcher. While its socket is full, the response does not read the log. If the watcher falls out of the log,
 * the response ends. The client has then received every event up to some position and none after it.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { SelectedEvent } from '../../projections/interest-group.ts';
import type { Row } from '../../projections/row.ts';
import type { WatchCursor } from '../../projections/watch-cursor.ts';
import type { BookmarkTimer } from './bookmark-timer.ts';
import type { WriteScheduler } from './open-watches.ts';
import type { WatchCounts } from './served-view.ts';

/** The receiver of frames: an HTTP response or a WebSocket. */
export interface FrameSink {
  /** @returns false if the buffer of the receiver is full; then `onDrain` calls back when it has space */
  write(frame: Buffer): boolean;
  onDrain(callback: () => void): void;
  end(): void;
}

/** Encodes events in the form that the client asked for. */
export interface FrameEncoder {
  /** Encodes a row of the initial state. */
  initial(row: Row): Buffer;
  event(event: SelectedEvent): Buffer;
  bookmark(position: bigint, initialEventsEnd: boolean): Buffer;
  /** Encodes the ERROR event after which the stream ends, because an event could not be encoded. */
  failure(error: unknown): Buffer;
  /** Encodes the ERROR event after which the stream ends, because the version at which the client started has expired. */
  expired(): Buffer;
}

/** Options of {@link WatchResponse}. */
export interface WatchResponseOptions {
  readonly cursor: WatchCursor;
  /** The rows that are sent first, as ADDED. Undefined in place of a row ends a slice, because many rows were examined. */
  readonly initial: Iterator<Row | undefined> | undefined;
  /** Whether a bookmark marks the end of the initial events. */
  readonly initialEventsEnd: boolean;
  /** Whether the client wants bookmarks. */
  readonly bookmarks: boolean;
  /** Called each minute, if the watch starts ahead of the view. */
  readonly checkAhead: (() => void) | undefined;
  /** The time in milliseconds after which the server ends the watch. */
  readonly lifetime: number;
  readonly encoder: FrameEncoder;
  /** Counts what is sent, for all watches of the resource. */
  readonly counts: WatchCounts;
  readonly clock: Clock;
  /** Returns a number in [0, 1). It spreads the ends of watches over time. */
  readonly random: () => number;
  /** Schedules the writes of all watches. */
  readonly scheduler: WriteScheduler;
  /** The timer of the bookmarks of all watches. */
  readonly bookmarkTimer: BookmarkTimer;
}

/** The time between the last bookmark and the deadline (conformance 2.3). */
const LAST_BOOKMARK_MS = 2000;
/** The time over which the ends of watches are spread after a relist, so that their clients do not all reconnect at once. */
const STAGGER_MS = 3000;
/** The maximum number of rows that one write examines. Other watches come next. */
const SLICE_ROWS = 500;
/** The size in bytes after which no further event is added to a write. The last event can exceed it. */
const SLICE_BYTES = 64 * 1024;

/** The response to one watch. */
export class WatchResponse {
  readonly #options: WatchResponseOptions;
  readonly #sink: FrameSink;
  readonly #cancels = new Set<() => void>();
  readonly #cursor: WatchCursor;
  readonly #scheduledWrite = (): void => this.#pump();
  readonly #scheduledBookmark = (): void => this.#bookmark();
  #phase: 'initial' | 'live' | 'closed' = 'initial';
  readonly #initial = Promise.withResolvers<void>();
  /** Whether the buffer of the sink is full. */
  #isBlocked = false;
  /** Whether a slice was sent and the next one is scheduled. */
  #isPaused = false;
  /** The position of the last event or bookmark that was sent. */
  #sent: bigint;
  #isEnding = false;

  constructor(options: WatchResponseOptions, sink: FrameSink) {
    this.#options = options;
    this.#sink = sink;
    this.#cursor = options.cursor;
    this.#sent = options.cursor.position;
  }

  /** Resolves when the initial events, and the bookmark that ends them, are written, or when the response is closed. */
  get initialSent(): Promise<void> {
    return this.#initial.promise;
  }

  /** Starts sending. The response lives until its deadline, the end of its cursor, or {@link close}. */
  start(): void {
    const { lifetime, bookmarks, bookmarkTimer, checkAhead, scheduler } = this.#options;
    this.#cursor.listen(() => {
      if (this.#cursor.ended === undefined) scheduler.schedule(this.#scheduledWrite);
      else this.#endWithCursor();
    });
    this.#later(lifetime, () => this.close());
    if (checkAhead !== undefined) this.#cancels.add(bookmarkTimer.add(checkAhead));
    if (bookmarks) {
      if (lifetime > LAST_BOOKMARK_MS) this.#later(lifetime - LAST_BOOKMARK_MS, () => this.#bookmark());
      this.#cancels.add(bookmarkTimer.add(() => scheduler.schedule(this.#scheduledBookmark)));
    }
    this.#pump();
  }

  /** Ends the stream after a complete line, without an ERROR event. */
  close(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#initial.resolve();
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#cursor.end('closed');
    this.#sink.end();
  }

  #pump(): void {
    if (this.#phase === 'closed') return;
    if (!this.#isBlocked && !this.#isPaused && this.#slice()) {
      this.#isPaused = true;
      this.#later(0, () => {
        this.#isPaused = false;
        this.#pump();
      });
    }
    if (this.#cursor.ended !== undefined) this.#endWithCursor();
  }

  /** Sends one slice of events. @returns whether more events may be ready and the sink has space */
  #slice(): boolean {
    const frames: Buffer[] = [];
    const wasInitial = this.#phase === 'initial';
    try {
      if (wasInitial) this.#readInitial(frames);
      const isAll = this.#phase === 'live' && this.#readLog(frames);
      this.#write(frames);
      if (wasInitial && this.#phase === 'live') this.#initial.resolve();
      return !isAll && !this.#isBlocked && this.#cursor.ended === undefined;
    } catch (error) {
      this.#fail(frames, error);
      return false;
    }
  }

  #readInitial(frames: Buffer[]): void {
    const { initial, encoder, initialEventsEnd } = this.#options;
    if (this.#cursor.ended !== undefined) return;
    for (let rows = 0, bytes = 0; ; rows += 1) {
      if (rows === SLICE_ROWS || bytes >= SLICE_BYTES) return;
      const next = initial?.next();
      if (next === undefined || next.done === true) break;
      if (next.value === undefined) return;
      bytes += push(frames, encoder.initial(next.value));
      this.#options.counts.initialEvents += 1;
    }
    if (initialEventsEnd) push(frames, encoder.bookmark(this.#cursor.position, true));
    this.#phase = 'live';
  }

  /** @returns whether the whole log has been read */
  #readLog(frames: Buffer[]): boolean {
    for (let rows = 0, bytes = 0; rows < SLICE_ROWS && bytes < SLICE_BYTES; rows += 1) {
      const event = this.#cursor.next();
      if (event === undefined) return !this.#cursor.isBehind;
      bytes += push(frames, this.#options.encoder.event(event));
      this.#options.counts.events += 1;
      this.#sent = event.entry.position;
    }
    return false;
  }

  /** Sends a bookmark, even if the position has not changed: clients and proxies end connections on which nothing arrives. */
  #bookmark(): void {
    // A bookmark promises that every event before it has been sent, so pending events go first.
    this.#pump();
    if (this.#phase !== 'live' || this.#isBlocked || this.#isPaused) return;
    const position = this.#cursor.bookmark(this.#sent);
    if (position === undefined) return;
    this.#sent = position;
    this.#write([this.#options.encoder.bookmark(position, false)]);
  }

  #write(frames: Buffer[]): void {
    const [first] = frames;
    if (first === undefined) return;
    const piece = frames.length === 1 ? first : Buffer.concat(frames);
    this.#options.counts.bytes += piece.length;
    if (this.#sink.write(piece)) return;
    this.#isBlocked = true;
    this.#sink.onDrain(() => {
      this.#isBlocked = false;
      this.#pump();
    });
  }

  /** Ends the stream because an event cannot be encoded: sends the frames before it, then an ERROR (conformance 2.6). */
  #fail(frames: Buffer[], error: unknown): void {
    this.#sink.write(Buffer.concat([...frames, this.#options.encoder.failure(error)]));
    this.close();
  }

  /** Ends the stream because its cursor has ended. No event and no bookmark follows, even if the end is delayed after a relist. */
  #endWithCursor(): void {
    if (this.#isEnding || this.#phase === 'closed') return;
    this.#isEnding = true;
    if (this.#cursor.ended === 'too slow') this.#options.counts.tooSlow += 1;
    if (this.#cursor.ended === 'expired') this.#sink.write(this.#options.encoder.expired());
    if (this.#cursor.ended === 'relist') this.#later(STAGGER_MS * this.#options.random(), () => this.close());
    else this.close();
  }

  #later(milliseconds: number, callback: () => void): void {
    const cancel = this.#options.clock.schedule(milliseconds, () => {
      this.#cancels.delete(cancel);
      callback();
    });
    this.#cancels.add(cancel);
  }
}

/** @returns the size of the frame in bytes */
function push(frames: Buffer[], frame: Buffer): number {
  frames.push(frame);
  return frame.length;
}

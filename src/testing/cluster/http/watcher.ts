/**
 * One open watch. It reads the log of a resource and writes frames to the response, only as fast as the client reads.
 * @module
 */
import { bookmarkObject, watchFrame, watchFrameOf, type WatchFrameType } from '../../../server/wire/watch-frames.ts';
import { objectJson, type ClusterRepresentation } from './representation.ts';
import { cutResponse, onGone, type ApiResponse } from './exchange.ts';
import { apiVersionOf, resourceNameOf } from '../kinds/resource-kind.ts';
import type { ResourceTable } from '../storage/resource-table.ts';
import type { ClusterSelection } from './selection.ts';
import type { StorageEvent } from '../storage/event-log.ts';
import { withResourceVersion, type CompleteObject } from '../../../server/wire/writes/complete-object.ts';

export interface WatcherOptions {
  readonly table: ResourceTable;
  readonly response: ApiResponse;
  readonly representation: ClusterRepresentation;
  readonly selection: ClusterSelection;
  /** The namespace with a slash, or empty for all namespaces. */
  readonly prefix: string;
  /** Only events after this revision are sent. */
  readonly after: number;
  /** The initial objects, which are sent first as ADDED. */
  readonly initial: Iterator<readonly [string, CompleteObject]> | undefined;
  /** The revision of the bookmark after the initial objects; undefined if there is no such bookmark. */
  readonly initialEventsEnd: number | undefined;
  readonly isHeld: () => boolean;
  /** Called once when the stream ends, for any reason. */
  readonly onClose: () => void;
}

interface Frames {
  readonly [key: string]: Buffer;
}

/** The encoded frames of an event. All watchers with the same representation share them. */
const frames = new WeakMap<StorageEvent, Frames>();

/**
 * One open watch: a position in the log of a resource, and a stream. There is no queue: while the client does not read,
 * the position does not move. If the log drops that position, the watch ends (conformance 2.8).
 *
 *   initial events → end bookmark → events of the log → …   each step stops when the stream is full
 */
export class ClusterWatcher {
  readonly resource: string;
  readonly #options: WatcherOptions;
  #initial: WatcherOptions['initial'];
  #initialEventsEnd: number | undefined;
  #position: number;
  #isFirst = true;
  #isBlocked = false;
  #isClosed = false;

  constructor(options: WatcherOptions) {
    const { table, response, initial, initialEventsEnd, after } = options;
    this.resource = resourceNameOf(table.kind);
    this.#options = options;
    this.#initial = initial;
    this.#initialEventsEnd = initialEventsEnd;
    this.#position = table.log.positionAfter(after);
    response.on('drain', () => {
      this.#isBlocked = false;
      this.deliver();
    });
    onGone(response, () => this.#closed());
  }

  /** Sends all available events until the stream is full. */
  deliver(): void {
    if (this.#options.isHeld()) return;
    while (!this.#isClosed && !this.#isBlocked) {
      if (this.#position < this.#options.table.log.start) return this.end();
      const frame = this.#next();
      if (frame === undefined) return;
      if (frame.length > 0) this.#write(frame);
    }
  }

  /** Sends a bookmark if the client has received all events and the bookmark has a newer revision. */
  bookmark(revision: number): void {
    if (this.#options.isHeld()) return;
    this.deliver();
    const isUpToDate =
      !this.#isClosed &&
      !this.#isBlocked &&
      this.#initial === undefined &&
      this.#position === this.#options.table.log.end;
    if (isUpToDate && revision > this.#options.after) this.#write(this.#bookmarkFrame(revision, false));
  }

  /** Sends an ERROR event and ends the watch. */
  fail(status: object): void {
    if (this.#isClosed) return;
    this.#write(watchFrameOf('ERROR', status));
    this.end();
  }

  /** Ends the watch cleanly, as after a timeout. */
  end(): void {
    if (this.#isClosed) return;
    this.#closed();
    this.#options.response.end();
  }

  /** Cuts the stream, and on HTTP/1.1 the connection. */
  cut(): void {
    if (this.#isClosed) return;
    this.#closed();
    cutResponse(this.#options.response);
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#initial = undefined;
    this.#options.onClose();
  }

  #write(frame: Buffer): void {
    this.#isFirst = false;
    this.#isBlocked = !this.#options.response.write(frame);
  }

  /**
   * Returns the next frame. It is empty for an event that the watch does not select, and undefined if there are no
   * further events.
   */
  #next(): Buffer | undefined {
    const added = this.#nextInitial();
    if (added !== undefined) return this.#objectFrame('ADDED', added);
    if (this.#initialEventsEnd !== undefined) {
      const revision = this.#initialEventsEnd;
      this.#initialEventsEnd = undefined;
      return this.#bookmarkFrame(revision, true);
    }
    const event = this.#options.table.log.at(this.#position);
    if (event === undefined) return undefined;
    this.#position += 1;
    return this.#eventFrame(event) ?? Buffer.alloc(0);
  }

  #nextInitial(): CompleteObject | undefined {
    while (this.#initial !== undefined) {
      const { done, value } = this.#initial.next();
      if (done === true) this.#initial = undefined;
      else if (this.#options.selection.matches(value[1])) return value[1];
    }
    return undefined;
  }

  /**
   * Returns the frame of an event for this watch. An object that enters the selection is ADDED; one that leaves it is
   * DELETED (conformance 2.4).
   */
  #eventFrame(event: StorageEvent): Buffer | undefined {
    const { selection, prefix, after } = this.#options;
    if (event.revision <= after || !event.key.startsWith(prefix)) return undefined;
    const matched = event.previous !== undefined && selection.matches(event.previous);
    if (event.type === 'DELETED') return matched ? this.#shared(event, 'DELETED', event.object) : undefined;
    const matches = selection.matches(event.object);
    if (matches) return this.#shared(event, matched ? 'MODIFIED' : 'ADDED', event.object);
    return matched && event.previous !== undefined ? this.#shared(event, 'DELETED', event.previous) : undefined;
  }

  #shared(event: StorageEvent, type: WatchFrameType, object: CompleteObject): Buffer {
    const versioned = (): CompleteObject =>
      object === event.object ? object : withResourceVersion(object, event.revision);
    const { cacheKey } = this.#options.representation;
    if (cacheKey === undefined) return this.#objectFrame(type, versioned());
    const known = frames.get(event) ?? {};
    const key = `${type} ${cacheKey}`;
    const frame = known[key] ?? this.#objectFrame(type, versioned());
    if (known[key] === undefined) frames.set(event, { ...known, [key]: frame });
    return frame;
  }

  #objectFrame(type: WatchFrameType, object: CompleteObject): Buffer {
    const { representation } = this.#options;
    if (representation.cacheKey === 'plain') return watchFrame(type, Buffer.from(objectJson(object)));
    return watchFrameOf(type, representation.object(object, this.#isFirst));
  }

  #bookmarkFrame(revision: number, initialEventsEnd: boolean): Buffer {
    const { table, representation } = this.#options;
    const bookmark = bookmarkObject({
      apiVersion: apiVersionOf(table.kind),
      kind: table.kind.kind,
      resourceVersion: String(revision),
      initialEventsEnd,
    });
    return watchFrameOf('BOOKMARK', representation.object(bookmark, this.#isFirst));
  }
}

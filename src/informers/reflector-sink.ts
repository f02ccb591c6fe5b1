/**
 * The sink of a reflector, and the writer that passes states and events to it, each once and in order.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { SourceEvent, SourceObject, SourceVersions } from './collection/source-collection.ts';
import { isAtLeast, isComparable, isOlder, isVersion } from './collection/source-version.ts';
import type { CompleteState } from './complete-state.ts';
import { DecodeError, StaleListError } from './errors.ts';
import { Frontier } from './frontier.ts';
import { Ingest, type Transform } from './ingest.ts';
import type { ReflectorStatus } from './reflector-status.ts';

/** Receives the states and events that a reflector reads. A version is undefined if the source has none. */
export interface ReflectorSink<T> {
  /** The complete state at `version`. `restored`: upstream was restored from a backup, so the state belongs to another history. */
  replace(objects: ReadonlyMap<string, T>, version: string | undefined, restored: boolean): void;
  /** One event. It is newer than all states and events before it. */
  apply(event: SourceEvent<T>): void;
  /** The object under `key` cannot be stored. Its last state must be removed. */
  omit(key: string, version: string | undefined): void;
  /** All events up to `version` have been passed to the sink. */
  progress(version: string): void;
  /** The resource no longer exists, so all its objects must be removed. */
  gone(): void;
  /** The object that the sink has under a key. */
  held(key: string): T | undefined;
  /** The resource is polled, and a watch of it has never worked. */
  unwatchable?(): void;
}

/** Options of a {@link SinkWriter}. */
export interface SinkWriterOptions<T> {
  /** The name of the source, for messages. */
  readonly name: string;
  readonly sink: ReflectorSink<T>;
  readonly status: ReflectorStatus;
  /** Default `unique`. */
  readonly versions?: SourceVersions | undefined;
  readonly transform?: Transform<T> | undefined;
  /** Default false. */
  readonly keepManagedFields?: boolean | undefined;
  /** Default false. */
  readonly keepNulls?: boolean | undefined;
  /** A version that was read before. Older states are rejected. */
  readonly notOlderThan?: string | undefined;
}

/** Writes states, events and bookmarks in order, each once. The frontier moves with each write. */
export class SinkWriter<T extends SourceObject> {
  readonly ingest: Ingest<T>;
  readonly #name: string;
  readonly #sink: ReflectorSink<T>;
  readonly #status: ReflectorStatus;
  readonly #frontier: Frontier;
  #stopped = false;
  #hasState = false;

  constructor(options: SinkWriterOptions<T>) {
    this.ingest = new Ingest(options);
    this.#name = options.name;
    this.#sink = options.sink;
    this.#status = options.status;
    this.#frontier = new Frontier(options.notOlderThan, options.versions === 'repeated');
  }

  /** The version up to which everything has been written; undefined before the first state. */
  get frontier(): string | undefined {
    return this.#frontier.version;
  }

  /** The version from which the next watch starts. */
  get resumeFrom(): string | undefined {
    return this.#frontier.resumeFrom;
  }

  /** Whether the sink has a complete state, so that a watch can continue it. */
  get hasState(): boolean {
    return this.#hasState;
  }

  /** After this call, writes have no effect. */
  stop(): void {
    this.#stopped = true;
  }

  /** @throws StaleListError if the version is before the frontier */
  refuseOlder(version: string | undefined): void {
    const frontier = this.#frontier.version;
    if (version !== undefined && frontier !== undefined && isOlder(version, frontier))
      throw new StaleListError(version, frontier);
  }

  /**
   * Writes a complete state. The sink and the frontier change together, or not at all.
   * @param isRestored whether upstream is known to have been restored from a backup. Then the state may be older than the frontier
   * @throws StaleListError if the state is older than the frontier
   */
  replace(state: CompleteState<T>, isRestored = false): void {
    const { version, objects } = state;
    if (!isRestored) this.refuseOlder(version);
    const restored = isRestored || (this.#hasState && this.#isOtherHistory(objects));
    if (restored) this.#status.count('restores');
    if (restored) this.#frontier.restart(version);
    else if (version !== undefined) this.#frontier.reached(version);
    this.#hasState = true;
    this.#status.read(state.omitted);
    this.#write(() => this.#sink.replace(objects, version, restored));
  }

  /** The resource is polled, and a watch of it has never worked. */
  unwatchable(): void {
    this.#write(() => this.#sink.unwatchable?.());
  }

  /** Returns whether an event has not been applied yet. Events without a usable version count as new. */
  isNew(raw: T): boolean {
    const { key, version } = this.ingest.prepare(raw, { apiVersion: undefined, kind: undefined });
    return version === undefined || this.#frontier.isNew(version, key);
  }

  /**
   * Writes an event, unless it has been written before.
   * @throws DecodeError if the object has no version of the kind that the source has
   */
  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', raw: T): void {
    const ingested = this.ingest.prepare(raw, { apiVersion: undefined, kind: undefined });
    const { key, version } = ingested;
    if (!this.#isReadable(version)) throw new DecodeError(`${this.#name}: ${type} ${key} has ${problemOf(version)}`);
    if (!this.#frontier.isNew(version, key)) {
      this.#status.count('droppedEvents');
      return;
    }
    this.#frontier.applied(version, key, type);
    if ('error' in ingested) {
      this.#status.omitted(key, type === 'DELETED' ? undefined : ingested.error);
      this.#write(() => this.#sink.omit(key, version));
    } else {
      this.#status.applied(key);
      this.#write(() => this.#sink.apply({ type, object: ingested.object, version }));
    }
  }

  /**
   * Moves the frontier to the version of a BOOKMARK.
   * @throws DecodeError if the BOOKMARK has no version of the kind that the source has
   */
  bookmark(version: string | undefined): void {
    this.#status.count('bookmarks');
    if (!this.#isReadable(version)) throw new DecodeError(`${this.#name}: a BOOKMARK has ${problemOf(version)}`);
    if (this.#frontier.reached(version)) this.#write(() => this.#sink.progress(version));
  }

  /** The resource no longer exists. */
  gone(): void {
    this.#hasState = false;
    this.#write(() => this.#sink.gone());
  }

  /**
   * Returns whether a state belongs to another history than the objects of the sink: everything up to the frontier was applied here, so an
   * object with such a version must be held here as it is. Equal content with another version is accepted, because the replicas of an
   * aggregated API server may give the same object different versions.
   */
  #isOtherHistory(objects: ReadonlyMap<string, T>): boolean {
    const frontier = this.#frontier.version;
    if (frontier === undefined) return false;
    for (const [key, object] of objects) {
      const version = object.metadata?.resourceVersion;
      if (!isComparable(version) || !isAtLeast(frontier, version)) continue;
      const held = this.#sink.held(key);
      const isHeld = held?.metadata?.resourceVersion === version && held.metadata.uid === object.metadata?.uid;
      if (!isHeld && !(held !== undefined && hasSameContent(held, object))) return true;
    }
    return false;
  }

  /**
   * Returns whether the frontier can move to a version. Complete states decide whether the versions of a source compare. If they do, an
   * opaque version on a watch is a fault of the server.
   */
  #isReadable(version: string | undefined): version is string {
    const frontier = this.#frontier.version;
    return frontier === undefined || isComparable(frontier) ? isComparable(version) : isVersion(version);
  }

  /** If a subscriber throws, the sink has already stored the write. The error is recorded in the status, and nothing is read again. */
  #write(write: () => void): void {
    if (this.#stopped) return;
    try {
      write();
    } catch (error) {
      this.#status.subscriberFailed(error);
    }
  }
}

function problemOf(version: string | undefined): string {
  return isVersion(version)
    ? `a resourceVersion that does not compare: ${JSON.stringify(version)}`
    : 'no resourceVersion';
}

function hasSameContent(a: SourceObject, b: SourceObject): boolean {
  const [first, second] = [a, b].map(({ metadata, ...object }) => ({
    ...object,
    metadata: { ...metadata, resourceVersion: undefined },
  }));
  return isDeepStrictEqual(first, second);
}

/**
 * Between a reflector and its sink: what has been read becomes a write, and the frontier moves with it.
 * @module
 */
import { type SourceObject, versionNumber } from './collection/source-collection.ts';
import type { CompleteState } from './complete-state.ts';
import { DecodeError, StaleListError } from './errors.ts';
import { Frontier } from './frontier.ts';
import { Ingest } from './ingest.ts';
import type { ReflectorCounters } from './reflector-metrics.ts';
import type { ReflectorOptions, ReflectorSink } from './reflector-options.ts';
import type { ReflectorStatus } from './reflector-status.ts';
import { compareVersions, isComparable } from './resource-version.ts';

/** Writes states, events and bookmarks in order, each once. Writes nothing after the signal. */
export class SourceWriter<T extends SourceObject> {
  readonly ingest: Ingest<T>;
  readonly #name: string;
  readonly #sink: ReflectorSink<T>;
  readonly #frontier: Frontier;
  readonly #counters: ReflectorCounters;
  readonly #status: ReflectorStatus;
  #stopped = false;

  constructor(options: ReflectorOptions<T>, counters: ReflectorCounters, status: ReflectorStatus) {
    this.ingest = new Ingest(options);
    this.#name = options.listWatch.name;
    this.#sink = options.sink;
    this.#frontier = new Frontier(options.notOlderThan, options.versions === 'repeated');
    this.#counters = counters;
    this.#status = status;
  }

  /** How far has been written; undefined before the first state. */
  get frontier(): string | undefined {
    return this.#frontier.version;
  }

  /** From where a watch is to go on. */
  get resumeFrom(): string | undefined {
    return this.#frontier.resumeFrom;
  }

  /** Nothing is written any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** @throws StaleListError for a version before the frontier */
  refuseOlder(version: string | undefined): void {
    const frontier = this.#frontier.version;
    if (frontier === undefined || !isComparable(version) || compareVersions(version, frontier) >= 0) return;
    throw new StaleListError(version, frontier);
  }

  /**
   * Store and frontier move together, or not at all.
   * @throws StaleListError
   */
  replace(state: CompleteState<T>): void {
    this.refuseOlder(state.version);
    if (state.version !== undefined) this.#frontier.reached(state.version);
    if (this.#status.hasRead) this.#counters.add('relists');
    this.#counters.add('omittedObjects', state.omitted.length);
    this.#status.read(state.omitted);
    this.#tell(() => this.#sink.replace(state.objects, versionNumber(state.version)));
  }

  /** @throws DecodeError for an object without name or version */
  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', raw: T): void {
    const ingested = this.ingest.take(raw, { apiVersion: undefined, kind: undefined });
    const { key, version } = ingested;
    if (version === undefined) throw new DecodeError(`${this.#name}: ${type} ${key} has no resourceVersion`);
    if (!this.#frontier.isNew(version, key)) {
      this.#counters.add('droppedEvents');
      return;
    }
    this.#frontier.applied(version, key, type);
    const number = versionNumber(version);
    if ('error' in ingested) {
      this.#counters.add('omittedObjects');
      this.#status.omitted(key, type === 'DELETED' ? undefined : ingested.error);
      this.#tell(() => this.#sink.omit(key, number));
    } else {
      this.#counters.add('events');
      this.#status.omitted(key, undefined);
      this.#tell(() => this.#sink.apply({ type, object: ingested.object, version: number }));
    }
  }

  /** @throws DecodeError for a BOOKMARK without version */
  bookmark(version: string | undefined): void {
    this.#counters.add('bookmarks');
    if (!isComparable(version)) throw new DecodeError(`${this.#name}: a BOOKMARK has no resourceVersion`);
    const number = versionNumber(version);
    if (this.#frontier.reached(version) && number !== undefined) this.#tell(() => this.#sink.progress(number));
  }

  gone(): void {
    this.#tell(() => this.#sink.gone());
  }

  /** The sink has taken the write, whatever its readers did; what they threw is theirs, and no reason to read the source again. */
  #tell(write: () => void): void {
    if (this.#stopped) return;
    try {
      write();
    } catch (error) {
      this.#counters.failed('Subscriber');
      this.#status.subscriberFailed(error);
    }
  }
}

/**
 * What a reflector is made from, and what it writes to.
 * @module
 */
import type { Clock } from '../clock.ts';
import type { SourceEvent, SourceVersions } from './collection/source-collection.ts';
import type { Transform } from './ingest.ts';
import type { ListWatch } from './list-watch.ts';

/** What a reflector writes to. Versions are undefined where they are no numbers that JavaScript holds exactly. */
export interface ReflectorSink<T> {
  /** The complete state at `version`. */
  replace(objects: ReadonlyMap<string, T>, version: number | undefined): void;
  /** One event, newer than all before. */
  apply(event: SourceEvent<T>): void;
  /** The object under `key` can't be taken in; what was there goes. */
  omit(key: string, version: number | undefined): void;
  /** Nothing up to `version` is missing. */
  progress(version: number): void;
  /** The resource has ceased to exist, and so have its objects. */
  gone(): void;
}

export interface ReflectorOptions<T> {
  readonly listWatch: ListWatch<T>;
  readonly sink: ReflectorSink<T>;
  readonly clock: Clock;
  /** As `Math.random`. */
  readonly random: () => number;
  /** Default `unique`. */
  readonly versions?: SourceVersions | undefined;
  readonly transform?: Transform<T> | undefined;
  /** Default false. */
  readonly keepManagedFields?: boolean | undefined;
  /** Poll even what could be watched. Default false. */
  readonly poll?: boolean | undefined;
  /** Milliseconds between polls of what is polled or can't be watched. Default 30 s. */
  readonly pollInterval?: number | undefined;
  /** How often the server sends bookmarks, in milliseconds. Default one minute, as kube-apiserver does. */
  readonly bookmarkInterval?: number | undefined;
  /** A version that was read before: nothing older is accepted. */
  readonly notOlderThan?: string | undefined;
}

/**
 * The frontier of a source: the version up to which the source has been read.
 * @module
 */
import { isComparable, isNewer, isOlder, predecessor } from './collection/source-version.ts';

/**
 * The highest version up to which everything has been applied. It never decreases, except by {@link Frontier.restart}.
 *
 * The versions of some resources repeat: all `events` that share a lease are deleted in one revision. After a DELETED of such a resource,
 * more events at the same version may follow. If the connection breaks then, the next watch starts one revision earlier, and events that
 * were already applied are dropped.
 */
export class Frontier {
  readonly #repeated: boolean;
  readonly #keysAtVersion = new Set<string>();
  #version: string | undefined;
  #mayHaveMore = false;

  constructor(version: string | undefined, repeated: boolean) {
    this.#version = version;
    this.#repeated = repeated;
  }

  get version(): string | undefined {
    return this.#version;
  }

  /** The version from which the next watch starts. */
  get resumeFrom(): string | undefined {
    const version = this.#version;
    return this.#mayHaveMore && isComparable(version) && version !== '1' ? predecessor(version) : version;
  }

  /** Returns whether an event still has to be applied. */
  isNew(version: string, key: string): boolean {
    if (this.#version === undefined) return true;
    if (version !== this.#version) return isNewer(version, this.#version);
    return this.#mayHaveMore && !this.#keysAtVersion.has(key);
  }

  /** Records that a new event has been applied. */
  applied(version: string, key: string, type: 'ADDED' | 'MODIFIED' | 'DELETED'): void {
    if (version !== this.#version) this.#keysAtVersion.clear();
    this.#version = version;
    this.#mayHaveMore = this.#repeated && type === 'DELETED';
    if (this.#mayHaveMore) this.#keysAtVersion.add(key);
  }

  /**
   * Records that a list or a BOOKMARK covers everything up to `version`. An older version is ignored.
   * Returns whether the frontier moved.
   */
  reached(version: string): boolean {
    const before = this.#version;
    if (before !== undefined && isOlder(version, before)) return false;
    this.#version = version;
    this.#mayHaveMore = false;
    this.#keysAtVersion.clear();
    return version !== before;
  }

  /** Starts again at a version of another history, after a restore of upstream. The version may be lower. */
  restart(version: string | undefined): void {
    this.#version = version;
    this.#mayHaveMore = false;
    this.#keysAtVersion.clear();
  }
}

/**
 * The resource versions of upstream, and the frontier of a source: the version up to which the source has been read.
 *
 * Versions are decimal strings that can be compared (KEP-5504, conformance 10.2). They are compared as strings, because versions above
 * 2^53 are not exact numbers in JavaScript. Another kubefacet server has such versions for its projections.
 * @module
 */

/** Returns whether a version can be compared, and a watch can start from it: `[1-9][0-9]*`, at most 39 digits. */
export function isComparable(version: string | undefined): version is string {
  return version !== undefined && /^[1-9][0-9]{0,38}$/.test(version);
}

/**
 * Returns a negative number if `a` is before `b`, zero if they are equal, a positive number if `a` is after `b`. Both must be comparable.
 */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** Returns the version before `version`. A watch from there delivers all events at `version`. */
export function predecessor(version: string): string {
  return String(BigInt(version) - 1n);
}

/**
 * The highest version up to which everything has been applied. It never decreases.
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
    if (this.#version === undefined || !this.#mayHaveMore || this.#version === '1') return this.#version;
    return predecessor(this.#version);
  }

  /** Returns whether an event still has to be applied. */
  isNew(version: string, key: string): boolean {
    if (this.#version === undefined) return true;
    const order = compareVersions(version, this.#version);
    if (order !== 0) return order > 0;
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
    const order = this.#version === undefined ? 1 : compareVersions(version, this.#version);
    if (order < 0) return false;
    this.#version = version;
    this.#mayHaveMore = false;
    this.#keysAtVersion.clear();
    return order > 0;
  }
}

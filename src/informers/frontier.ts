/**
 * Resource versions of upstream, and the frontier: the version up to which a source has been read.
 *
 * Versions are decimal strings. They are compared and never used in calculations (KEP-5504, api-semantics 10.2). They are compared as
 * strings, so that versions above 2^53 keep their order; another kubefacet serves such versions for its projections.
 * @module
 */

/** Whether a version can be compared and watched from: `[1-9][0-9]*`, at most 39 digits. */
export function isComparable(version: string | undefined): version is string {
  return version !== undefined && /^[1-9][0-9]{0,38}$/.test(version);
}

/** Negative, zero or positive when `a` is before, at, or after `b`. Both must be comparable. */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** The version one below. A watch from it delivers everything at `version`. */
export function predecessor(version: string): string {
  return String(BigInt(version) - 1n);
}

/**
 * The highest version up to which everything has been applied. It never decreases
 * (resource-versions.md, "What the reflector owes").
 *
 * The versions of some resources repeat: all `events` of one lease are deleted in one revision. Then an event at the frontier may be
 * new, and a connection that broke after a DELETED may have broken in the middle of a revision. In that case the next watch starts
 * one revision earlier, and events that were already applied are dropped.
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

  /** Whether an event has not been applied yet. */
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

/**
 * How far a source has been read, and where a cut watch goes on (resource-versions.md, "What the reflector owes").
 * @module
 */
import { compareVersions, predecessor } from './resource-version.ts';

/**
 * The highest version such that everything up to it has been applied. It never goes back.
 *
 * Where versions repeat (`events`: what one lease held is deleted in one revision) an event at the frontier itself may be new, and a
 * watch that was cut right after a DELETED may have been cut in the middle of a revision: it goes on from the revision before, and
 * what is then delivered again is dropped.
 */
export class Frontier {
  readonly #repeated: boolean;
  readonly #appliedHere = new Set<string>();
  #version: string | undefined;
  #openEnded = false;

  constructor(version: string | undefined, repeated: boolean) {
    this.#version = version;
    this.#repeated = repeated;
  }

  get version(): string | undefined {
    return this.#version;
  }

  /** From which version a watch is to be opened. */
  get resumeFrom(): string | undefined {
    if (this.#version === undefined || !this.#openEnded || this.#version === '1') return this.#version;
    return predecessor(this.#version);
  }

  /** Whether an event says something that has not been applied. */
  isNew(version: string, key: string): boolean {
    if (this.#version === undefined) return true;
    const order = compareVersions(version, this.#version);
    if (order !== 0) return order > 0;
    return this.#openEnded && !this.#appliedHere.has(key);
  }

  /** A new event has been applied. */
  applied(version: string, key: string, type: 'ADDED' | 'MODIFIED' | 'DELETED'): void {
    if (version !== this.#version) this.#appliedHere.clear();
    this.#version = version;
    this.#openEnded = this.#repeated && type === 'DELETED';
    if (this.#openEnded) this.#appliedHere.add(key);
  }

  /** Everything up to `version` has been applied: by a list or a BOOKMARK. Answers whether that is news; an older one is ignored. */
  reached(version: string): boolean {
    const order = this.#version === undefined ? 1 : compareVersions(version, this.#version);
    if (order < 0) return false;
    this.#version = version;
    this.#openEnded = false;
    this.#appliedHere.clear();
    return order > 0;
  }
}

/**
 * Names for versions, so that those of two servers can be compared.
 *
 * Everything is told in revisions of the reference server, whose objects the other one projects: a position of scheme `upstream` is such
 * a revision and a fingerprint.
 */

const FINGERPRINT_BITS = 20n;
const FINGERPRINT_MASK = (1n << FINGERPRINT_BITS) - 1n;

/** How a server writes a revision. */
export interface Notation {
  write(revision: bigint): string;
  /** Undefined: the text is no version of this server. */
  read(version: string): bigint | undefined;
}

/** Of the reference server: as it is. */
export const plainNotation: Notation = {
  write: (revision) => revision.toString(),
  read: (version) => (/^[1-9][0-9]*$/.test(version) ? BigInt(version) : undefined),
};

/** Of a view: with the fingerprint that one of its versions has. */
export function viewNotation(example: string): Notation {
  const fingerprint = BigInt(example) & FINGERPRINT_MASK;
  return {
    write: (revision) => ((revision << FINGERPRINT_BITS) | fingerprint).toString(),
    read(version) {
      if (!/^[1-9][0-9]*$/.test(version)) return undefined;
      const position = BigInt(version);
      return (position & FINGERPRINT_MASK) === fingerprint ? position >> FINGERPRINT_BITS : undefined;
    },
  };
}

/** What happened at which revision. */
export class Revisions {
  readonly #byName = new Map<string, bigint>();

  record(name: string, revision: string): void {
    this.#byName.set(name, BigInt(revision));
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  of(name: string): bigint {
    const revision = this.#byName.get(name);
    if (revision === undefined) throw new Error(`nothing called ${name} has happened`);
    return revision;
  }

  get last(): bigint {
    return Array.from(this.#byName.values()).reduce((a, b) => (a > b ? a : b), 0n);
  }

  /** The version of an object: that of what happened to it, exactly. */
  nameOf(revision: bigint): string {
    for (const [name, known] of this.#byName) if (known === revision) return `rv(${name})`;
    return 'rv(unknown)';
  }

  /**
   * The version of a list or bookmark: of the last thing that had happened to the resource. In between others write to the same store.
   * @param isAbout whether what is called so happened to the resource
   */
  nameOfState(revision: bigint, isAbout: (name: string) => boolean): string {
    let name = 'rv(before everything)';
    let greatest = -1n;
    for (const [candidate, known] of this.#byName) {
      if (known > revision || known <= greatest || !isAbout(candidate)) continue;
      greatest = known;
      name = `rv(state after ${candidate})`;
    }
    return name;
  }
}

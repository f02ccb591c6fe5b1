/**
 * Names for versions, so that the versions of two servers can be compared.
 *
 * Names refer to revisions of the reference server. The server of kubefacet projects its objects: a position of scheme `upstream` is such
 * a revision, with low bits that depend on the projection and its rows.
 */

const LOW_BITS = 20n;
const LOW_MASK = (1n << LOW_BITS) - 1n;

/** The text form of a revision on a server. */
export interface Notation {
  write(revision: bigint): string;
  /** Undefined if the text is not a version of this server. */
  read(version: string): bigint | undefined;
}

/** The notation of the reference server: the revision itself. */
export const plainNotation: Notation = {
  write: (revision) => revision.toString(),
  read: (version) => (/^[1-9][0-9]*$/.test(version) ? BigInt(version) : undefined),
};

/** The notation of a view. The low bits of a position are those of the last state of the view that the server has shown up to it. */
export class ViewNotation implements Notation {
  /** The low bits by revision, in ascending order. */
  readonly #states: { readonly revision: bigint; readonly low: bigint }[] = [];
  readonly #lows = new Set<bigint>();

  /** Records the version of a list or an event: a state of the view. */
  recordState(version: string): void {
    const position = BigInt(version);
    this.#states.push({ revision: position >> LOW_BITS, low: position & LOW_MASK });
    this.recordRow(version);
  }

  /** The version of the last state. */
  get last(): string {
    return this.write(this.#states.at(-1)?.revision ?? 0n);
  }

  /** Records the version of a row. Rows that the server knows from a list only have low bits of their own. */
  recordRow(version: string): void {
    this.#lows.add(BigInt(version) & LOW_MASK);
  }

  write(revision: bigint): string {
    const state = this.#states.findLast((one) => one.revision <= revision) ?? this.#states[0];
    return ((revision << LOW_BITS) | (state?.low ?? 0n)).toString();
  }

  read(version: string): bigint | undefined {
    if (!/^[1-9][0-9]*$/.test(version)) return undefined;
    const position = BigInt(version);
    return this.#lows.has(position & LOW_MASK) ? position >> LOW_BITS : undefined;
  }
}

/** The names of writes by revision. */
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
    if (revision === undefined) throw new Error(`there is no write named ${name}`);
    return revision;
  }

  get last(): bigint {
    return Array.from(this.#byName.values()).reduce((a, b) => (a > b ? a : b), 0n);
  }

  /** The version of an object: the exact revision of its last write. */
  nameOf(revision: bigint): string {
    for (const [name, known] of this.#byName) if (known === revision) return `rv(${name})`;
    return 'rv(unknown)';
  }

  /**
   * The version of a list or bookmark: the state after the last write to the resource. Other clients may write to the same store in between.
   * @param isAbout whether a named write concerned the resource
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

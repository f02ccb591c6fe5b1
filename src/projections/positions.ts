/**
 * Positions: the meaning of the `resourceVersion` that a client receives. See `docs/resource-versions.md`.
 *
 * Two rules hold for all positions. A client receives a position only after all changes up to it. A view accepts a position only if the
 * view has exactly the changes after it.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Lineage } from '../informers/collection/lineage.ts';
import { isComparable } from '../informers/collection/source-version.ts';
import { DIGEST_BITS } from './digest.ts';

const LOW_BITS = BigInt(DIGEST_BITS);
const LOW_MASK = (1n << LOW_BITS) - 1n;
/** The highest version of a source that leaves room for the low bits below 2^63. */
const HIGHEST_SOURCE_VERSION = 2n ** 43n - 1n;

/**
 * A version of a source does not fit a position of scheme `upstream`: it is missing, is no number, or is too high. Milliseconds since 1970
 * fit until 2248. Microseconds, the timestamps of TiKV and positions of kubefacet do not fit.
 */
export class UnfitVersionError extends Error {
  override readonly name = 'UnfitVersionError';

  constructor(sourceVersion: string | undefined) {
    super(
      sourceVersion === undefined
        ? 'the source has no version'
        : `the source's version ${JSON.stringify(sourceVersion)} is not a number below 2^43`,
    );
  }
}

/**
 * Positions of scheme `upstream`: the version of the source in the high bits. The low 20 bits are the fingerprint of the projection, XOR a
 * digest of the rows at the position (`digest.ts`). Replicas with the same rows accept each other's positions.
 *
 * The *place* of a position is the position without its low bits. Places are ordered like the versions of the source. Two positions of one
 * place come from the same version of the source, but from other rows, or from other projection code.
 */
export class UpstreamPositions {
  readonly #fingerprint: bigint;

  constructor(fingerprint: bigint) {
    this.#fingerprint = fingerprint & LOW_MASK;
  }

  /** The place of a version. @throws UnfitVersionError */
  placeAt(sourceVersion: string | undefined): bigint {
    const place = this.findPlace(sourceVersion);
    if (place === undefined) throw new UnfitVersionError(sourceVersion);
    return place;
  }

  /** The place of a version; undefined if the version does not fit. */
  findPlace(sourceVersion: string | undefined): bigint | undefined {
    const version = isComparable(sourceVersion) ? BigInt(sourceVersion) : undefined;
    return version === undefined || version > HIGHEST_SOURCE_VERSION ? undefined : version << LOW_BITS;
  }

  /** The position at a place, of rows with a digest. */
  position(place: bigint, digest: number): bigint {
    return place | (BigInt(digest) ^ this.#fingerprint);
  }

  /** The place of a position. */
  placeOf(position: bigint): bigint {
    return (position >> LOW_BITS) << LOW_BITS;
  }

  /** The digest in a position. It is meaningless if the position comes from other projection code. */
  digestOf(position: bigint): number {
    return Number((position & LOW_MASK) ^ this.#fingerprint);
  }

  /** The version of the source in a position of any projection code. */
  versionOf(position: bigint): string {
    return (position >> LOW_BITS).toString();
  }
}

const COUNTER_BITS = 16n;
const INSTANCE_BITS = 16n;
const INSTANCE_MASK = (1n << INSTANCE_BITS) - 1n;
/** 2020-01-01, from which start times are counted: 31 bits of seconds last until 2088. */
const EPOCH_MS = 1_577_836_800_000;

/**
 * Positions of scheme `local`: a counter in the high 47 bits, and 16 random bits that identify the instance. The counter starts with the
 * time of the start (31 bits of seconds and 16 bits of their fraction), and each change adds one. Other instances do not accept the
 * positions.
 *
 * The counter of a later instance starts above those of all earlier ones, unless an earlier one had more than 65,536 changes a second on
 * average. If the clock was set back, a later instance can start below an earlier one. No event is lost then: the later instance does not
 * accept positions of the earlier one, and its clients list again.
 */
export class LocalPositions {
  readonly #instance: bigint;
  #last: bigint;

  /**
   * @param startedAt milliseconds since the epoch
   * @param random a number in [0, 1), from which the bits of the instance are made
   */
  constructor(startedAt: number, random: number) {
    this.#instance = BigInt(Math.floor(random * 2 ** Number(INSTANCE_BITS)));
    const milliseconds = BigInt(Math.max(0, Math.floor(startedAt) - EPOCH_MS));
    this.#last = (milliseconds << COUNTER_BITS) / 1000n + 1n;
  }

  /** The last position of this instance. */
  get last(): bigint {
    return (this.#last << INSTANCE_BITS) | this.#instance;
  }

  /** A new position above all earlier ones. */
  next(): bigint {
    this.#last += 1n;
    return this.last;
  }

  /** Returns whether the position comes from this instance. */
  owns(position: bigint): boolean {
    return (position & INSTANCE_MASK) === this.#instance && position <= this.last;
  }
}

/**
 * Returns the fingerprint of a projection: a hash of the framework's version, the definition of the resource, the name of the source, the
 * source text of the functions, and the user's revision (for changes that the text does not show, such as values in closures).
 */
export function fingerprint(parts: {
  version: string;
  definition: string;
  lineage: Lineage;
  revision: string;
}): bigint {
  const hash = createHash('sha256');
  const { source, steps } = parts.lineage;
  const functions = steps.map((step) => [step.operator, step.text]);
  hash.update(JSON.stringify([parts.version, parts.definition, parts.revision, source.name, functions]));
  return hash.digest().readBigUInt64BE() & LOW_MASK;
}

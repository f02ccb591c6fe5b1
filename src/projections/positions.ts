/**
 * Positions: what a `resourceVersion` handed to a client means. See `docs/resource-versions.md`.
 *
 * The one rule: a position never claims more than the client has been sent, and is honoured only where what it claims is exactly known.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Lineage } from '../informers/collection/lineage.ts';

const FINGERPRINT_BITS = 20n;
const FINGERPRINT_MASK = (1n << FINGERPRINT_BITS) - 1n;
/** Source versions must leave room for the fingerprint below 2^63. */
const HIGHEST_SOURCE_VERSION = 2 ** 43 - 1;

/**
 * Positions of scheme `upstream`: the source's version in the high bits, a fingerprint of the projection in the low 20.
 * Portable between replicas that run the same projection code, and ordered as the source's versions.
 */
export class UpstreamPositions {
  readonly #fingerprint: bigint;

  constructor(fingerprint: bigint) {
    this.#fingerprint = fingerprint & FINGERPRINT_MASK;
  }

  /** @throws RangeError for a version that leaves no room for the fingerprint (above 2^43) */
  at(sourceVersion: number): bigint {
    if (sourceVersion > HIGHEST_SOURCE_VERSION) {
      throw new RangeError(
        `the source's version ${sourceVersion} is above 2^43; positions of scheme upstream end there`,
      );
    }
    return (BigInt(sourceVersion) << FINGERPRINT_BITS) | this.#fingerprint;
  }

  /** The source's version in a position, whatever projection code made it. */
  versionOf(position: bigint): number {
    return Number(position >> FINGERPRINT_BITS);
  }

  /** Whether a position was made by the same projection code. */
  owns(position: bigint): boolean {
    return (position & FINGERPRINT_MASK) === this.#fingerprint;
  }
}

const COUNTER_BITS = 16n;
const INSTANCE_BITS = 16n;
const INSTANCE_MASK = (1n << INSTANCE_BITS) - 1n;
/** 2020-01-01, from which start times are counted: 31 bits of seconds last until 2088. */
const EPOCH_MS = 1_577_836_800_000;

/**
 * Positions of scheme `local`: 31 bits of seconds and 16 of their fractions, taken from the clock at the start and counted up from
 * there, then 16 bits that tell instances apart. Mean nothing to another instance, except that a later instance starts above all
 * earlier ones: the count would overtake the clock at 65,536 changes a second only, kept up for as long as the instance lives.
 *
 * A clock that was set back makes a later instance start below an earlier one. No event is lost by that: positions of the earlier one
 * are not this one's, and their clients start over.
 */
export class LocalPositions {
  readonly #instance: bigint;
  #last: bigint;

  /**
   * @param startedAt milliseconds since the epoch
   * @param random a number in [0, 1), from which the bits are made that tell instances apart
   */
  constructor(startedAt: number, random: number) {
    this.#instance = BigInt(Math.floor(random * 2 ** Number(INSTANCE_BITS)));
    const milliseconds = BigInt(Math.max(0, Math.floor(startedAt) - EPOCH_MS));
    this.#last = (milliseconds << COUNTER_BITS) / 1000n + 1n;
  }

  /** The last position given. */
  get last(): bigint {
    return (this.#last << INSTANCE_BITS) | this.#instance;
  }

  /** A new position, above all before. */
  next(): bigint {
    this.#last += 1n;
    return this.last;
  }

  /** Whether a position was given by this instance. */
  owns(position: bigint): boolean {
    return (position & INSTANCE_MASK) === this.#instance && position <= this.last;
  }
}

/**
 * The fingerprint of a projection: of the framework's version, the resource's definition, the name of the source, the source text of
 * the functions, and the user's own revision (for what the text does not show: values that the functions close over).
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
  return hash.digest().readBigUInt64BE() & FINGERPRINT_MASK;
}

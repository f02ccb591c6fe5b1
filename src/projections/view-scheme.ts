/**
 * The two schemes of positions, as a view uses them. The view chooses the scheme; users do not declare it.
 *
 * - `upstream`: every row comes from exactly one object of one source, under the same key, and the versions of the source fit positions
 *   (numbers below 2^43). Positions are versions of the source.
 * - `local`: all others. Positions are places in the log of this instance.
 *
 * The pipeline decides which schemes are possible, before the first list. The versions decide at each list and event: a position of scheme
 * `upstream` for an unfit version throws {@link UnfitVersionError}, and the view changes to scheme `local`, where it stays.
 * @module
 */
import type { Collection } from '../informers/collection/collection.ts';
import type { Cause } from '../informers/collection/delta.ts';
import type { Lineage, SourceStamp } from '../informers/collection/lineage.ts';
import { version as frameworkVersion } from '../version.ts';
import { fingerprint, LocalPositions, type UnfitVersionError, UpstreamPositions } from './positions.ts';
import { nodeOf } from '../informers/collection/collection-node.ts';

/**
 * The operations that depend on the scheme. The *place* of a position is the part that orders it: in scheme `upstream`, the position without
 * its digest; in scheme `local`, the position itself. All methods that return places throw {@link UnfitVersionError}.
 */
export interface ViewScheme {
  readonly name: 'upstream' | 'local';
  /** The reason why a pipeline that allows scheme `upstream` has scheme `local`. */
  readonly unfit?: UnfitVersionError | undefined;
  /** The version, uid and type of the source object that a row has its identity from; undefined if they are unknown. */
  stampOf(key: string): SourceStamp | undefined;
  /** The place of a complete state that the view has just read. */
  placeOfState(): bigint;
  /** The place of a row in a complete state that the view has just read at the place `state`. */
  placeOfRow(key: string, state: bigint): bigint;
  /** The place of a version of the source; undefined in scheme `local`, and for a version that does not fit. */
  placeOfVersion(version: string | undefined): bigint | undefined;
  /** The place of a change in a batch with this cause. */
  placeOfChange(cause: Cause): bigint;
  /** The place up to which every change is known: that of a list or a bookmark. */
  frontier(): bigint;
  /** The position at a place, of a state or a row with a digest. */
  position(place: bigint, digest: number): bigint;
  /** The place of any position. */
  placeOf(position: bigint): bigint;
  /** The digest in a position. Always 0 in scheme `local`, whose rows have the digest 0. */
  digestOf(position: bigint): number;
  /** The version of the source that a position stands for; undefined in scheme `local`. */
  versionOf(position: bigint): string | undefined;
  /**
   * Returns false for a position that cannot come from this view. In scheme `upstream`, any position below 2^63 can, and its digest shows its
   * origin.
   */
  owns(position: bigint): boolean;
  /** Whether positions are valid on all replicas. Then a position can be ahead of the frontier, because another replica is ahead. */
  readonly portable: boolean;
}

/** All positions are below it. */
const LIMIT = 2n ** 63n;

/** The options of a view that its scheme of positions depends on. */
export interface SchemeOptions {
  /** The definition of the resource, as text. When it changes, earlier positions expire. */
  readonly definition: string;
  /** The user's revision of the projection: for changes that the text of its functions does not show. @default '' */
  readonly revision?: string | undefined;
  /** Returns a random number in [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** Returns the scheme that the pipeline of a collection allows. @param now milliseconds since the epoch */
export function schemeOf(collection: Collection<unknown>, options: SchemeOptions, now: number): ViewScheme {
  const { lineage } = nodeOf(collection);
  if (lineage === undefined) return localSchemeOf(collection, options, now);
  const { definition, revision = '' } = options;
  return upstreamScheme(lineage, fingerprint({ version: frameworkVersion, definition, lineage, revision }));
}

/**
 * Returns scheme `local` for a collection.
 * @param unfit the reason why the collection cannot have scheme `upstream`, if its pipeline allows it
 */
export function localSchemeOf(
  collection: Collection<unknown>,
  { random = Math.random }: Pick<SchemeOptions, 'random'>,
  now: number,
  unfit?: UnfitVersionError,
): ViewScheme {
  return { ...localScheme((key) => nodeOf(collection).stampOf(key), now, random()), unfit };
}

/** Returns scheme `upstream`. */
function upstreamScheme(lineage: Lineage, fingerprint: bigint): ViewScheme {
  const { source } = lineage;
  const positions = new UpstreamPositions(fingerprint);
  const frontier = (): bigint => positions.placeAt(source.frontier);
  return {
    name: 'upstream',
    portable: true,
    stampOf: (key) => source.stampOf(key),
    placeOfState: frontier,
    placeOfVersion: (version) => positions.findPlace(version),
    placeOfRow(key, state) {
      // An object without a usable version does not change the scheme: its row has the position of the state.
      const place = positions.findPlace(source.stampOf(key)?.version);
      return place === undefined || place > state ? state : place;
    },
    placeOfChange(cause) {
      const version = cause.type === 'EVENT' || cause.type === 'RELIST' ? cause.version : undefined;
      return version === undefined ? frontier() : positions.placeAt(version);
    },
    frontier,
    position: (place, digest) => positions.position(place, digest),
    placeOf: (position) => positions.placeOf(position),
    digestOf: (position) => positions.digestOf(position),
    versionOf: (position) => positions.versionOf(position),
    owns: (position) => position < LIMIT,
  };
}

/** Returns scheme `local`. @param startedAt milliseconds since the epoch */
function localScheme(stampOf: ViewScheme['stampOf'], startedAt: number, random: number): ViewScheme {
  const positions = new LocalPositions(startedAt, random);
  return {
    name: 'local',
    portable: false,
    stampOf,
    placeOfState: () => positions.next(),
    placeOfVersion: () => undefined,
    placeOfRow: (_key, state) => state,
    placeOfChange: () => positions.next(),
    frontier: () => positions.last,
    position: (place) => place,
    placeOf: (position) => position,
    digestOf: () => 0,
    versionOf: () => undefined,
    owns: (position) => positions.owns(position),
  };
}

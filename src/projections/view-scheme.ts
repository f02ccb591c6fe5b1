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

/** The operations that depend on the scheme. */
export interface ViewScheme {
  readonly name: 'upstream' | 'local';
  /** The reason why a pipeline that allows scheme `upstream` has scheme `local`. */
  readonly unfit?: UnfitVersionError | undefined;
  /** The version, uid and type of the source object that a row has its identity from; undefined if they are unknown. */
  stampOf(key: string): SourceStamp | undefined;
  /** The position of a complete state that the view has just read. @throws UnfitVersionError, as all methods that return positions */
  positionOfState(): bigint;
  /** The position of a row in a complete state that the view has just read at position `state`. */
  positionOfRow(key: string, state: bigint): bigint;
  /** The position of a version of the source; undefined in scheme `local`, and for a version that does not fit. */
  positionOfVersion(version: string): bigint | undefined;
  /** The version of the source that a position stands for; undefined in scheme `local`. */
  versionOf(position: bigint): string | undefined;
  /** The position of a change in a batch with this cause. */
  positionOfChange(cause: Cause): bigint;
  /** The position up to which every change is known: the version of a list or a bookmark. */
  frontier(): bigint;
  /** Whether the position comes from this projection code (`upstream`) or from this instance (`local`). */
  owns(position: bigint): boolean;
  /** Whether positions are valid on all replicas. Then a position can be ahead of the frontier, because another replica is ahead. */
  readonly portable: boolean;
}

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
  const frontier = (): bigint => positions.at(source.frontier);
  return {
    name: 'upstream',
    portable: true,
    stampOf: (key) => source.stampOf(key),
    positionOfState: frontier,
    positionOfVersion: (version) => positions.find(version),
    versionOf: (position) => positions.versionOf(position),
    positionOfRow(key, state) {
      // An object without a usable version does not change the scheme: its row has the position of the state.
      const position = positions.find(source.stampOf(key)?.version);
      return position === undefined || position > state ? state : position;
    },
    positionOfChange(cause) {
      const version = cause.type === 'EVENT' || cause.type === 'RELIST' ? cause.version : undefined;
      return version === undefined ? frontier() : positions.at(version);
    },
    frontier,
    owns: (position) => positions.owns(position),
  };
}

/** Returns scheme `local`. @param startedAt milliseconds since the epoch */
function localScheme(stampOf: ViewScheme['stampOf'], startedAt: number, random: number): ViewScheme {
  const positions = new LocalPositions(startedAt, random);
  return {
    name: 'local',
    portable: false,
    stampOf,
    positionOfState: () => positions.next(),
    positionOfVersion: () => undefined,
    versionOf: () => undefined,
    positionOfRow: (_key, state) => state,
    positionOfChange: () => positions.next(),
    frontier: () => positions.last,
    owns: (position) => positions.owns(position),
  };
}

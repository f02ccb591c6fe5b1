/**
 * The two schemes of positions, as a view sees them. Which one a view has follows from its pipeline; nobody declares it.
 *
 * `upstream`: every row comes from exactly one object of one source under its own key. Positions are the source's versions.
 * `local`: everything else. Positions are places in the log of this instance.
 * @module
 */
import type { Collection } from '../informers/collection/collection.ts';
import type { Cause } from '../informers/collection/delta.ts';
import type { Lineage, SourceStamp } from '../informers/collection/lineage.ts';
import { version as frameworkVersion } from '../version.ts';
import { fingerprint, LocalPositions, UpstreamPositions } from './positions.ts';
import { nodeOf } from '../informers/collection/collection-node.ts';

/** What a view asks its scheme. */
export interface ViewScheme {
  readonly name: 'upstream' | 'local';
  /** What is known of the source object whose identity a row carries on; undefined where nobody knows. */
  stampOf(key: string): SourceStamp | undefined;
  /** The position of a complete state that was just taken over. */
  positionOfState(): bigint;
  /** The position of a row in a state that was just taken over at `state`. */
  positionOfRow(key: string, state: bigint): bigint;
  /** The position of a version of the source; undefined in scheme `local`. */
  positionOfVersion(version: number): bigint | undefined;
  /** The version of the source that a position is of; undefined in scheme `local`. */
  versionOf(position: bigint): number | undefined;
  /** The position of a change that a batch of this cause made. */
  positionOfChange(cause: Cause): bigint;
  /** The position up to which everything is known now: the version of a list or a bookmark. */
  frontier(): bigint;
  /** Whether a position was handed out by this projection code (`upstream`), or by this very instance (`local`). */
  owns(position: bigint): boolean;
  /** Whether a position may be ahead of the frontier: another replica was faster. */
  readonly portable: boolean;
}

/** The options of a view that its scheme of positions depends on. */
export interface SchemeOptions {
  /** The definition of the resource, as text. When it changes, earlier positions expire. */
  readonly definition: string;
  /** The user's revision of the projection: for changes that the text of its functions does not show. @default '' */
  readonly revision?: string | undefined;
  /** In [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** The scheme that the pipeline of a collection allows; nobody declares it. `now`: milliseconds since the epoch. */
export function schemeOf(collection: Collection<unknown>, options: SchemeOptions, now: number): ViewScheme {
  const { lineage } = nodeOf(collection);
  if (lineage === undefined) {
    return localScheme((key) => nodeOf(collection).stampOf(key), now, (options.random ?? Math.random)());
  }
  const { definition, revision = '' } = options;
  return upstreamScheme(lineage, fingerprint({ version: frameworkVersion, definition, lineage, revision }));
}

/** Scheme `upstream`. */
export function upstreamScheme(lineage: Lineage, fingerprint: bigint): ViewScheme {
  const { source } = lineage;
  const positions = new UpstreamPositions(fingerprint);
  const frontier = (): bigint => {
    if (source.frontier === undefined) throw new Error(`${source.name} has no version yet`);
    return positions.at(source.frontier);
  };
  return {
    name: 'upstream',
    portable: true,
    stampOf: (key) => source.stampOf(key),
    positionOfState: frontier,
    positionOfVersion: (version) => positions.at(version),
    versionOf: (position) => positions.versionOf(position),
    positionOfRow(key, state) {
      const version = source.stampOf(key)?.version;
      return version === undefined ? state : positions.at(version);
    },
    positionOfChange(cause) {
      const version = cause.type === 'EVENT' || cause.type === 'RELIST' ? cause.version : undefined;
      return version === undefined ? frontier() : positions.at(version);
    },
    frontier,
    owns: (position) => positions.owns(position),
  };
}

/** Scheme `local`. `stampOf`: what is known of the source object whose identity a row carries on. */
export function localScheme(stampOf: ViewScheme['stampOf'], startedAt: number, random: number): ViewScheme {
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

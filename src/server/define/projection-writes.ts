/**
 * How a change of a row becomes a change of what the row is made of: the part of a definition that makes a projection writable.
 * @module
 */
import type { Origin } from '../../informers/collection/collection.ts';
import type { User } from './request-context.ts';

/** What a client wants to be another. */
export interface WriteChange<R> {
  /** The row as it is, as clients see it. It must not be changed. */
  readonly current: R;
  /** The row as the client wants it. Name, namespace, uid and versions are those of `current`. */
  readonly wanted: R;
  /** What the row's source holds of the object that it is made of; undefined for a row that carries on the identity of none. */
  readonly source: unknown;
  /** Who wants it. The source is written as this user, so there is no need to ask whether they may. */
  readonly user: User;
}

/** What a client wants to be gone. */
export type WriteRemoval<R> = Omit<WriteChange<R>, 'wanted'>;

/** A change of an object of a source. */
export interface SourcePatch {
  /** A merge patch (RFC 7396) of the object: null removes a field. Its version is added by the framework. */
  readonly patch: Readonly<Record<string, unknown>>;
  /** An informer of the row, and a key of it. @default the object whose identity the row carries on */
  readonly of?: Origin | undefined;
}

/** The end of an object of a source. */
export interface SourceDelete {
  readonly delete: true;
  /** As of {@link SourcePatch}. */
  readonly of?: Origin | undefined;
}

/**
 * Which writes of a row there are, and what is written to its source. Each is a verb of the resource. A function may throw `refuse.invalid(…)`,
 * `refuse.forbidden(…)` and the like; undefined means that the change cannot be written to the source, and is answered 422.
 * @example
 * write: {
 *   fields: ['metadata.labels'],
 *   patch: ({ current, wanted }) => ({
 *     patch: { metadata: { labels: mergePatchOf(current.metadata.labels, wanted.metadata.labels) } },
 *   }),
 *   delete: () => ({ delete: true }),
 * }
 */
export interface ProjectionWrites<R> {
  /** `PATCH`: merge patches and JSON patches, of the row. */
  readonly patch?: ((change: WriteChange<R>) => SourcePatch | undefined) | undefined;
  /** `PUT`. */
  readonly replace?: ((change: WriteChange<R>) => SourcePatch | undefined) | undefined;
  /** `DELETE`. It may as well be a patch, that makes the row go. */
  readonly delete?: ((removal: WriteRemoval<R>) => SourceDelete | SourcePatch | undefined) | undefined;
  /**
   * The fields that patch and replace take to the source, with all below them: `metadata.labels`. A change of any other is answered 422.
   * Without it a change that the functions do not look at is lost without a word.
   */
  readonly fields?: readonly string[] | undefined;
}

/** @throws Error with what is wrong with it */
export function checkWrites({ patch, replace, fields, ...writes }: ProjectionWrites<never>): void {
  if (patch === undefined && replace === undefined && writes.delete === undefined) {
    throw new TypeError('none of patch, replace and delete is given');
  }
  for (const field of fields ?? []) {
    if (!/^\w[\w-]*(\.\w[\w-]*)*$/.test(field))
      throw new TypeError(`fields: "${field}" must be a path like spec.paused`);
  }
}

/** The verbs of a projection, in order. */
export function verbsOf(write: ProjectionWrites<never> | undefined): readonly string[] {
  const verbs: readonly [verb: string, isThere: boolean][] = [
    ['delete', write?.delete !== undefined],
    ['get', true],
    ['list', true],
    ['patch', write?.patch !== undefined],
    ['update', write?.replace !== undefined],
    ['watch', true],
  ];
  return verbs.flatMap(([verb, isThere]) => (isThere ? [verb] : []));
}

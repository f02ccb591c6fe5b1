/**
 * Writes of a projection's rows. Functions of the definition map a change of a row to a change of the object behind the row.
 * @module
 */
import type { Origin } from '../../informers/collection/collection.ts';
import type { User } from './request-context.ts';

/** A change of a row that a client requests. */
export interface WriteChange<R> {
  /** The current row, as clients see it. Functions must not modify it. */
  readonly current: R;
  /** The row that the client wants. Its name, namespace, uid and resourceVersion are those of `current`. */
  readonly wanted: R;
  /** The object behind the row, as its informer stores it; undefined if the row has the identity of no object. */
  readonly source: unknown;
  /** The user of the request. The cluster checks whether this user may change the source, so the function need not. */
  readonly user: User;
}

/** A removal of a row that a client requests. */
export type WriteRemoval<R> = Omit<WriteChange<R>, 'wanted'>;

/** A patch of an object behind a row. */
export interface SourcePatch {
  /** A merge patch (RFC 7396) of the object: null removes a field. The framework adds the resourceVersion that the row was made from. */
  readonly patch: Readonly<Record<string, unknown>>;
  /** The object to patch, as an informer and a key. The row must depend on it. @default the object whose identity the row has */
  readonly of?: Origin | undefined;
}

/** A deletion of an object behind a row. */
export interface SourceDelete {
  readonly delete: true;
  /** The object to delete; see {@link SourcePatch.of}. */
  readonly of?: Origin | undefined;
}

/**
 * The writes that a projection allows. Each function adds a verb to the resource, and returns the change of the object behind the row. It
 * may throw `refuse.invalid(…)`, `refuse.forbidden(…)` and the other errors of `refuse`. If it returns undefined, the change cannot be
 * mapped to the object, and the server responds with 422.
 * @example
 * const write: ProjectionWrites<{ metadata: Identity }> = {
 *   fields: ['metadata.labels'],
 *   patch: ({ current, wanted }) => ({
 *     patch: { metadata: { labels: mergePatchOf(current.metadata.labels, wanted.metadata.labels) } },
 *   }),
 *   delete: () => ({ delete: true }),
 * };
 */
export interface ProjectionWrites<R> {
  /** Maps a `PATCH` of a row: a merge patch or a JSON patch. */
  readonly patch?: ((change: WriteChange<R>) => SourcePatch | undefined) | undefined;
  /** Maps a `PUT` of a row. */
  readonly replace?: ((change: WriteChange<R>) => SourcePatch | undefined) | undefined;
  /** Maps a `DELETE` of a row. It may return a patch after which the row no longer exists. */
  readonly delete?: ((removal: WriteRemoval<R>) => SourceDelete | SourcePatch | undefined) | undefined;
  /**
   * The paths that `patch` and `replace` can change, each with everything below it: `metadata.labels`. The server refuses changes of other
   * fields with 422. Without `fields`, changes that the functions do not map are lost silently.
   */
  readonly fields?: readonly string[] | undefined;
}

/** Checks the writes of a definition. @throws TypeError that names the invalid part */
export function checkWrites({ patch, replace, fields, ...writes }: ProjectionWrites<never>): void {
  if (patch === undefined && replace === undefined && writes.delete === undefined) {
    throw new TypeError('needs at least one of patch, replace and delete');
  }
  for (const field of fields ?? []) {
    if (!/^\w[\w-]*(\.\w[\w-]*)*$/.test(field)) {
      throw new TypeError(`fields: "${field}" must be a path like spec.paused`);
    }
  }
}

/** Returns the verbs of a projection, sorted. */
export function projectionVerbs(write: ProjectionWrites<never> | undefined): readonly string[] {
  const verbs: readonly [verb: string, isAllowed: boolean][] = [
    ['delete', write?.delete !== undefined],
    ['get', true],
    ['list', true],
    ['patch', write?.patch !== undefined],
    ['update', write?.replace !== undefined],
    ['watch', true],
  ];
  return verbs.flatMap(([verb, isAllowed]) => (isAllowed ? [verb] : []));
}

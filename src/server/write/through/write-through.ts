/**
 * Writes of the rows of a projection: each becomes a write of the object that the row is made of, sent to the cluster as the calling user.
 *
 * ```
 *   row ─► as the client wants it ─► the definition's patch of the source ─► cluster, at the version the row was made from ─► seen ─► answer
 *    ▲                                                                         │ 409: somebody else was faster
 *    └───────────────── up to 5 times, each when a newer row has come ─────────┘
 * ```
 * @module
 */
import {
  ImpersonationError,
  type Upstream,
  type UpstreamUser,
  type UpstreamWrites,
} from '../../../informers/collection/upstream.ts';
import type { SourceObject } from '../../../informers/collection/source-collection.ts';
import type { MaterializedView } from '../../../projections/materialized-view.ts';
import type { Row, RowObject } from '../../../projections/row.ts';
import { requirePreconditions } from '../object-change.ts';
import { DEVELOPMENT_USER, type User } from '../../define/request-context.ts';
import type { Patience } from '../../read/view-errors.ts';
import type { KubernetesObject } from '../../wire/object.ts';
import { ApiError, badRequest, conflict, forbidden, notFound, timeout } from '../../wire/status.ts';
import { updatedObject } from '../../wire/writes/object-writes.ts';
import type { CompleteObject } from '../../wire/writes/complete-object.ts';
import { groupResourceOf, type WrittenKind } from '../../wire/writes/written-kind.ts';
import { canTryOut, triedOut } from './dry-row.ts';
import { mapped, requireWritable } from './mapped.ts';
import { changedFields } from '../../define/merge-patch-of.ts';
import type { ProjectionWrites, SourceDelete, SourcePatch } from '../../define/projection-writes.ts';
import { comesTrue, hasSeen, type SourceWrite } from './seen.ts';
import { primaryOrigin, type SourceTarget, sourceTarget, versionNow } from './source-object.ts';
import {
  deleteOptions,
  isStillThere,
  lockedPatch,
  sourceText,
  type ThroughDeletion,
  writeOf,
} from './source-request.ts';
import { upstreamRefusal } from './upstream-refusal.ts';

const ATTEMPTS = 5;

/** What it works with. */
export interface WriteThroughOptions {
  readonly kind: WrittenKind;
  readonly writes: ProjectionWrites<RowObject>;
  readonly view: MaterializedView;
  readonly upstream: Upstream;
}

/** Who wants a row to be written, and how. */
export interface ThroughRequest extends Patience {
  readonly key: string;
  readonly name: string;
  readonly user: User | undefined;
  readonly manager: string;
  readonly dryRun: boolean;
}

/** What came of a write. */
export interface ThroughOutcome {
  /** The row as it is now; of one that is not shown any more, as it was last. */
  readonly row: Row;
  /** Whether it is shown. A write can take a row out of its view. */
  readonly isThere: boolean;
}

/** What the definition makes of a row, and where it goes. */
interface Mapped {
  readonly target: SourceTarget;
  readonly change: SourcePatch | SourceDelete;
}

/** See the top of this file. */
export class WriteThrough {
  readonly #options: WriteThroughOptions;

  constructor(options: WriteThroughOptions) {
    this.#options = options;
  }

  get kind(): WrittenKind {
    return this.#options.kind;
  }

  /**
   * Makes a row what `wantedOf` makes of it.
   * @throws ApiError 403, 404, 409, 422, 429, 503, 504
   */
  change(
    verb: 'patch' | 'replace',
    request: ThroughRequest,
    wantedOf: (current: CompleteObject) => KubernetesObject,
  ): Promise<ThroughOutcome> {
    const { kind, writes } = this.#options;
    return this.#attempts(request, (row, user) => {
      const current = objectOf(row);
      const wanted = updatedObject(kind, current, wantedOf(current), 'whole');
      const fields = changedFields(current, wanted);
      if (fields.length === 0) return undefined;
      requireWritable(kind, writes, fields, request.name);
      return mapped(kind, wanted, () => writes[verb]?.({ current, wanted, source: this.#source(row), user }));
    });
  }

  /** Makes a row go. @throws ApiError as of {@link change} */
  delete(request: ThroughRequest, options: ThroughDeletion): Promise<ThroughOutcome> {
    const { kind, writes } = this.#options;
    const { preconditions = {} } = options;
    return this.#attempts(
      request,
      (row, user) => {
        const current = objectOf(row);
        requirePreconditions(kind, current, preconditions);
        return mapped(kind, current, () => writes.delete?.({ current, source: this.#source(row), user }));
      },
      options,
    );
  }

  async #attempts(
    request: ThroughRequest,
    prepare: (row: Row, user: User) => SourcePatch | SourceDelete | undefined,
    deletion: ThroughDeletion = {},
  ): Promise<ThroughOutcome> {
    const { view, kind } = this.#options;
    const { key, name } = request;
    const { user, writes } = this.#caller(request);
    for (let attempt = 1; ; attempt += 1) {
      const row = view.get(key);
      if (row === undefined) throw notFound(groupResourceOf(kind), name);
      // Each time anew: a version that the client has given must be the one of the row as it is then.
      const change = prepare(row, user);
      if (change === undefined) return { row, isThere: true };
      const target = sourceTarget(view.collection, key, change.of);
      if (target === undefined)
        throw conflict(groupResourceOf(kind), name, 'what it is made from is not there any more');
      const sent = await this.#send({ target, change }, row, request, writes, deletion);
      if (!(sent instanceof ApiError)) return sent;
      if (attempt === ATTEMPTS) throw sent;
      // Somebody else was faster. What they wrote is on its way here, and may be nothing that the row shows.
      const isNewer = await comesTrue(
        () => !view.ready || versionNow(view.collection, key, target) !== target.version,
        { view, source: target.source },
        request,
      );
      if (!isNewer) throw sent;
    }
  }

  /** The outcome, or the 409 that somebody else was faster. */
  async #send(
    { target, change }: Mapped,
    row: Row,
    request: ThroughRequest,
    writes: UpstreamWrites,
    deletion: ThroughDeletion,
  ): Promise<ThroughOutcome | ApiError> {
    const { kind, view } = this.#options;
    const source = sourceText(writes, target);
    const { dryRun, signal, manager } = request;
    const isDelete = 'delete' in change;
    if (dryRun && !isDelete && !(target.isPrimary && canTryOut(view.collection))) {
      throw badRequest(
        `dryRun: rows of ${kind.plural}.${kind.group} are made from several objects, and cannot be made before these are written`,
      );
    }
    const answer = isDelete
      ? await writes.delete(target, deleteOptions(target, deletion), { dryRun, signal })
      : await writes.patch(target, lockedPatch(change, target), { dryRun, signal, fieldManager: manager });
    if (answer.type !== 'done') {
      const refusal = upstreamRefusal(answer, { kind, name: request.name, source, isPrimary: target.isPrimary });
      if (answer.type === 'refused' && answer.code === 409) return refusal;
      throw refusal;
    }
    if (!dryRun) return this.#shown(row, target, writeOf(isDelete, target, answer.object), source, request);
    if (isDelete) return { row, isThere: isStillThere(answer.object) };
    const dry = triedOut(view, row, answer.object as SourceObject);
    return { row: dry ?? row, isThere: dry !== undefined };
  }

  /** The row when it shows what was written. What goes wrong now must not look as if nothing had been done. */
  async #shown(
    row: Row,
    target: SourceTarget,
    write: SourceWrite | undefined,
    source: string,
    request: ThroughRequest,
  ): Promise<ThroughOutcome> {
    const { view } = this.#options;
    const shown = { view, key: row.key };
    const isSeen = await comesTrue(
      () => write === undefined || !view.ready || hasSeen(shown, target, write),
      { view, source: target.source },
      request,
    );
    if (!isSeen || !view.ready) {
      throw timeout(`${source} was written, and is not seen here yet: read again before writing again`);
    }
    const now = view.get(row.key);
    return { row: now ?? row, isThere: now !== undefined };
  }

  /** @throws ApiError 403 for whom nothing is written */
  #caller({ user, name }: ThroughRequest): { readonly user: User; readonly writes: UpstreamWrites } {
    const { kind, upstream } = this.#options;
    const refused = (why: string): ApiError => forbidden(groupResourceOf(kind), name, why);
    if (user === undefined) throw refused('it is written as the user who asks, and nobody is known to ask');
    if (user === DEVELOPMENT_USER) {
      throw refused('it is written as the user who asks, and this server (insecure-dev) does not know who asks');
    }
    const { name: userName, uid, groups, extra } = user;
    const as: UpstreamUser = { name: userName, uid, groups, extra };
    try {
      return { user, writes: upstream.as(as) };
    } catch (error) {
      if (!(error instanceof ImpersonationError)) throw error;
      throw refused(`it is written as the user who asks: ${error.message}`);
    }
  }

  #source(row: Row): unknown {
    const origin = primaryOrigin(this.#options.view.collection, row.key);
    return origin?.collection.get(origin.key);
  }
}

/** A row as JSON has it. */
function objectOf({ bytes }: Row): CompleteObject {
  return JSON.parse(bytes.toString()) as CompleteObject;
}

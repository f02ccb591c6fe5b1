/**
 * Writes of projection rows. Each becomes a write of the object that the row is made from, which the server sends to the cluster as the
 * user of the request.
 *
 * ```
 *   current row ─► wanted row ─► patch of the source ─► cluster, with the version of the row ─► view shows the write ─► response
 *    ▲                                                      │ 409: another client has changed the object
 *    └────── up to 5 retries, each with a newer row ────────┘
 * ```
 * A resourceVersion from the client may come from another replica. *Writes* in `docs/resource-versions.md` says when it is valid here. The
 * file has more than 250 lines, because all steps belong to one retry loop.
 * @module
 */
import type { SourceObject } from '../../../informers/collection/source-collection.ts';
import {
  ImpersonationError,
  type Upstream,
  type UpstreamUser,
  type UpstreamWrites,
} from '../../../informers/collection/upstream.ts';
import type { MaterializedView } from '../../../projections/materialized-view.ts';
import type { Row, RowObject } from '../../../projections/row.ts';
import { changedFields } from '../../define/merge-patch-of.ts';
import type { ProjectionWrites, SourceDelete, SourcePatch } from '../../define/projection-writes.ts';
import { DEVELOPMENT_USER, type User } from '../../define/request-context.ts';
import { waitUntilFresh, type WaitContext } from '../../read/freshness.ts';
import type { KubernetesObject } from '../../wire/object.ts';
import { ApiError, badRequest, conflict, forbidden, notFound, timeout } from '../../wire/status.ts';
import type { CompleteObject } from '../../wire/writes/complete-object.ts';
import { updatedObject } from '../../wire/writes/object-writes.ts';
import { groupResourceOf, type WrittenKind } from '../../wire/writes/written-kind.ts';
import { requirePreconditions } from '../object-change.ts';
import { objectModified } from '../write-refusals.ts';
import { canPredictRow, predictedRow, showsWrite, type SourceWrite, waitUntil } from './result-row.ts';
import { primaryOrigin, type SourceTarget, sourceTarget, versionNow } from './source-object.ts';
import {
  deleteOptions,
  isStored,
  lockedPatch,
  mappedChange,
  requireWritableFields,
  sourceText,
  type ThroughDeletion,
  writeOf,
} from './source-request.ts';
import { upstreamError } from './upstream-errors.ts';

/** The number of retries of kube-apiserver when a patch conflicts. */
const MAX_WRITE_RETRIES = 5;

/** Options of {@link WriteThrough}. */
export interface WriteThroughOptions {
  readonly kind: WrittenKind;
  readonly writes: ProjectionWrites<RowObject>;
  readonly view: MaterializedView;
  readonly upstream: Upstream;
}

/** A request to write a row. */
export interface ThroughRequest extends WaitContext {
  readonly key: string;
  readonly name: string;
  readonly user: User | undefined;
  /** The name of the field manager. */
  readonly manager: string;
  readonly dryRun: boolean;
}

/** The result of a write. */
export interface ThroughOutcome {
  /** The current row, or its last state if the view no longer contains it. */
  readonly row: Row;
  /** Whether the view contains the row. A write can remove a row from its view, for example by a label that a filter tests. */
  readonly isVisible: boolean;
}

/** One attempt to write a row. */
interface Attempt {
  /** The row from which the change was made. */
  readonly row: Row;
  /** The change that the function of the definition returned. */
  readonly change: SourcePatch | SourceDelete;
  /** The object that it changes. */
  readonly target: SourceTarget;
  readonly writes: UpstreamWrites;
  readonly deletion: ThroughDeletion;
}

/** A write that the cluster has done. */
interface DoneWrite {
  readonly row: Row;
  readonly target: SourceTarget;
  /** The name of the object in messages. */
  readonly source: string;
  /** Undefined if there is no version to wait for. */
  readonly write: SourceWrite | undefined;
}

/** Writes the rows of one projection. */
export class WriteThrough {
  readonly #options: WriteThroughOptions;

  constructor(options: WriteThroughOptions) {
    this.#options = options;
  }

  /** The kind of the rows. */
  get kind(): WrittenKind {
    return this.#options.kind;
  }

  /**
   * Changes a row to the state that `wantedOf` returns for its current state.
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
      const sent = wantedOf(current);
      const version = this.#versionHere(row, sent.metadata?.resourceVersion);
      if (typeof version === 'bigint') return version;
      const input =
        version === undefined ? sent : { ...sent, metadata: { ...sent.metadata, resourceVersion: version } };
      const wanted = updatedObject(kind, current, input, 'whole');
      const fields = changedFields(current, wanted);
      if (fields.length === 0) return undefined;
      requireWritableFields(kind, writes, fields, request.name);
      return mappedChange(kind, wanted, () => writes[verb]?.({ current, wanted, source: this.#source(row), user }));
    });
  }

  /** Deletes a row. @throws ApiError 403, 404, 409, 422, 429, 503, 504 */
  delete(request: ThroughRequest, options: ThroughDeletion): Promise<ThroughOutcome> {
    const { kind, writes } = this.#options;
    const { preconditions = {} } = options;
    return this.#attempts(
      request,
      (row, user) => {
        const current = objectOf(row);
        const version = this.#versionHere(row, preconditions.resourceVersion);
        if (typeof version === 'bigint') return version;
        requirePreconditions(kind, current, { ...preconditions, ...(version && { resourceVersion: version }) });
        return mappedChange(kind, current, () => writes.delete?.({ current, source: this.#source(row), user }));
      },
      options,
    );
  }

  async #attempts(
    request: ThroughRequest,
    prepare: (row: Row, user: User) => SourcePatch | SourceDelete | bigint | undefined,
    deletion: ThroughDeletion = {},
  ): Promise<ThroughOutcome> {
    const { view, kind } = this.#options;
    const { key, name } = request;
    const { user, writes } = this.#caller(request);
    for (let retry = 0; ; retry += 1) {
      const row = view.get(key);
      if (row === undefined) throw notFound(groupResourceOf(kind), name);
      // Each attempt prepares the change again, because a resourceVersion from the client must be valid for the row of that attempt.
      const change = prepare(row, user);
      if (change === undefined) return { row, isVisible: true };
      if (typeof change === 'bigint') {
        await this.#caughtUp(request, change);
        continue;
      }
      const target = sourceTarget(view.collection, key, change.of);
      if (target === undefined)
        throw conflict(groupResourceOf(kind), name, 'the object that it is made from no longer exists');
      const result = await this.#send(request, { row, change, target, writes, deletion });
      if (!(result instanceof ApiError)) return result;
      if (retry === MAX_WRITE_RETRIES) throw result;
      // Another client has changed the object. The watch of the source delivers the new state, which may result in the same row.
      const isNewer = await waitUntil(
        () => !view.ready || versionNow(view.collection, key, target) !== target.version,
        { view, source: target.source },
        request,
      );
      if (!isNewer) throw result;
    }
  }

  /**
   * Returns the version of a row here, if the row has not changed since the version that the client sent. Returns the sent version as a
   * number if this replica has not reached it. Returns undefined otherwise: the checks of the write then compare the sent version, and refuse
   * it. If this replica cannot know whether the row has changed, it sends the row to its watchers again, so that a controller receives a
   * version that can be judged.
   */
  #versionHere(row: Row, sent: string | undefined): string | bigint | undefined {
    if (sent === undefined || !/^[1-9][0-9]{0,18}$/.test(sent)) return undefined;
    const { view } = this.#options;
    const version = BigInt(sent);
    const since = view.stateSince(row, version);
    if (since === 'ahead') return version;
    if (since === 'unchanged') return row.object.metadata.resourceVersion;
    view.resend(row.key);
    return undefined;
  }

  /** Waits until this replica has reached a version that the client has from another one. @throws ApiError 409 after three seconds */
  async #caughtUp(request: ThroughRequest, version: bigint): Promise<void> {
    const { view, kind } = this.#options;
    try {
      await waitUntilFresh(view, version, request);
    } catch (error) {
      if (error instanceof ApiError && error.code === 504) throw objectModified(kind, request.name);
      throw error;
    }
  }

  /** Sends a change to the cluster. Returns the outcome, or the 409 if another client has changed the object. Throws other errors. */
  async #send(
    request: ThroughRequest,
    { row, change, target, writes, deletion }: Attempt,
  ): Promise<ThroughOutcome | ApiError> {
    const { kind, view } = this.#options;
    const source = sourceText(writes, target);
    const { dryRun, signal, manager } = request;
    const isDelete = 'delete' in change;
    if (dryRun && !isDelete && !(target.isPrimary && canPredictRow(view.collection))) {
      throw badRequest(`dryRun is not supported: rows of ${kind.plural}.${kind.group} are made from several objects`);
    }
    const result = isDelete
      ? await writes.delete(target, deleteOptions(target, deletion), { dryRun, signal })
      : await writes.patch(target, lockedPatch(change, target), { dryRun, signal, fieldManager: manager });
    if (result.type !== 'done') {
      const refusal = upstreamError(result, { kind, name: request.name, source, isPrimary: target.isPrimary });
      if (result.type === 'refused' && result.code === 409) return refusal;
      throw refusal;
    }
    if (!dryRun) return this.#shown(request, { row, target, source, write: writeOf(isDelete, target, result.object) });
    if (isDelete) return { row, isVisible: isStored(result.object) };
    const predicted = predictedRow(view, row, result.object as SourceObject);
    return { row: predicted ?? row, isVisible: predicted !== undefined };
  }

  /** Returns the row when the view shows the write. The write has succeeded, so a failure must not look as if nothing was written. */
  async #shown(request: ThroughRequest, { row, target, source, write }: DoneWrite): Promise<ThroughOutcome> {
    const { view } = this.#options;
    const rowInView = { view, key: row.key };
    const isShown = await waitUntil(
      () => write === undefined || !view.ready || showsWrite(rowInView, target, write),
      { view, source: target.source },
      request,
    );
    if (!isShown || !view.ready) {
      throw timeout(`${source} was written, but the rows do not show it yet: read again before you retry`);
    }
    const current = view.get(row.key);
    return { row: current ?? row, isVisible: current !== undefined };
  }

  /** @throws ApiError 403 if the server cannot write as the user of the request */
  #caller({ user, name }: ThroughRequest): { readonly user: User; readonly writes: UpstreamWrites } {
    const { kind, upstream } = this.#options;
    const refused = (reason: string): ApiError => forbidden(groupResourceOf(kind), name, reason);
    if (user === undefined) throw refused('it is written as the authenticated user, and the request has none');
    if (user === DEVELOPMENT_USER) {
      throw refused('it is written as the authenticated user, and insecure-dev does not authenticate users');
    }
    const { name: userName, uid, groups, extra } = user;
    const as: UpstreamUser = { name: userName, uid, groups, extra };
    try {
      return { user, writes: upstream.as(as) };
    } catch (error) {
      if (!(error instanceof ImpersonationError)) throw error;
      throw refused(`it is written as the authenticated user: ${error.message}`);
    }
  }

  /** Returns the object whose identity the row has, or undefined. */
  #source(row: Row): unknown {
    const origin = primaryOrigin(this.#options.view.collection, row.key);
    return origin?.collection.get(origin.key);
  }
}

/** Returns a copy of a row, parsed from its JSON. */
function objectOf({ bytes }: Row): CompleteObject {
  return JSON.parse(bytes.toString()) as CompleteObject;
}

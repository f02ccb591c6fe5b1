/**
 * Writes of the rows of a projection: each becomes a write of the object that the row is made of, sent to the cluster as the calling user.
 *
 * ```
 *   row ─► as the client wants it ─► the definition's patch of the source ─► cluster, at the version the row was made from ─► seen ─► answer
 *    ▲                                                                         │ 409, and the client gave no version
 *    └───────────────── up to 5 times, each when a newer row has come ─────────┘
 * ```
 * @module
 */
import {
  ImpersonationError,
  type Upstream,
  type UpstreamUser,
  type UpstreamWrites,
} from '../../informers/collection/upstream.ts';
import { type SourceObject, versionNumber } from '../../informers/collection/source-collection.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import type { Row, RowObject } from '../../projections/row.ts';
import { DEVELOPMENT_USER } from '../authentication/authenticator.ts';
import { requirePreconditions } from '../custom/deletion.ts';
import { HandlerRefusal } from '../custom/handlers/refusals.ts';
import { refusalStatus } from '../custom/handlers/refusal-status.ts';
import type { User } from '../request-context.ts';
import type { Patience } from '../view-errors.ts';
import { forbiddenField, invalidField } from '../wire/field-error.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { ApiError, badRequest, conflict, forbidden, invalid, notFound, timeout } from '../wire/status.ts';
import { updatedObject } from '../wire/writes/object-writes.ts';
import type { StoredObject } from '../wire/writes/stored-object.ts';
import type { DeleteOptions } from '../wire/writes/delete-options.ts';
import { groupResourceOf, type WrittenKind } from '../wire/writes/written-kind.ts';
import { canTryOut, triedOut } from './dry-row.ts';
import { changedFields } from './merge-patch-of.ts';
import type { ProjectionWrites, SourceDelete, SourcePatch } from './projection-writes.ts';
import { comesTrue, hasSeen, type SourceWrite } from './seen.ts';
import { primaryOrigin, type SourceTarget, sourceTarget } from './source-object.ts';
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
  readonly isDryRun: boolean;
}

/** Deletion, with what only the cluster understands. */
export interface ThroughDeletion extends DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
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
    wantedOf: (current: StoredObject) => KubernetesObject,
  ): Promise<ThroughOutcome> {
    const { kind, writes } = this.#options;
    return this.#attempts(request, (row, user) => {
      const current = objectOf(row);
      const given = wantedOf(current);
      const wanted = updatedObject({ ...kind, statusSubresource: false, generation: false }, current, given, 'whole');
      const fields = changedFields(current, wanted);
      if (fields.length === 0) return undefined;
      this.#requireWritable(fields, request.name);
      const isConditional = (given.metadata?.resourceVersion ?? '') !== '' && verb === 'replace';
      const change = this.#mapped(request.name, wanted, () =>
        writes[verb]?.({ current: current as RowObject, wanted: wanted as RowObject, source: this.#source(row), user }),
      );
      return { change, isConditional };
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
        const change = this.#mapped(request.name, current, () =>
          writes.delete?.({ current: current as RowObject, source: this.#source(row), user }),
        );
        return { change, isConditional: preconditions.resourceVersion !== undefined };
      },
      options,
    );
  }

  async #attempts(
    request: ThroughRequest,
    prepare: (
      row: Row,
      user: User,
    ) => { readonly change: SourcePatch | SourceDelete; readonly isConditional: boolean } | undefined,
    deletion: ThroughDeletion = {},
  ): Promise<ThroughOutcome> {
    const { view, kind } = this.#options;
    const { key, name } = request;
    const { user, writes } = this.#caller(request);
    for (let attempt = 1; ; attempt += 1) {
      const row = view.get(key);
      if (row === undefined) throw notFound(groupResourceOf(kind), name);
      const prepared = prepare(row, user);
      if (prepared === undefined) return { row, isThere: true };
      const { change, isConditional } = prepared;
      const target = sourceTarget(view.collection, key, change.of);
      if (target === undefined)
        throw conflict(groupResourceOf(kind), name, 'what it is made from is not there any more');
      const sent = await this.#send({ target, change }, row, request, writes, deletion);
      if (!(sent instanceof ApiError)) return sent;
      if (isConditional || attempt === ATTEMPTS) throw sent;
      // Somebody else was faster, and the client does not mind. What they wrote is on its way here.
      const isNewer = await comesTrue(
        () => !view.ready || versionNow(view, key, target) !== target.version,
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
    const { isDryRun, signal, manager } = request;
    const isDelete = 'delete' in change;
    if (isDryRun && !isDelete && !(target.isPrimary && canTryOut(view.collection))) {
      throw badRequest(
        `dryRun: rows of ${kind.plural}.${kind.group} are made from several objects, and cannot be made before these are written`,
      );
    }
    const answer = isDelete
      ? await writes.delete(target, deleteOptions(target, deletion), { isDryRun, signal })
      : await writes.patch(target, lockedPatch(change, target), { isDryRun, signal, fieldManager: manager });
    if (answer.type !== 'done') {
      const refusal = upstreamRefusal(answer, { kind, name: request.name, source, isPrimary: target.isPrimary });
      if (answer.type === 'refused' && answer.code === 409) return refusal;
      throw refusal;
    }
    if (!isDryRun) return this.#shown(row, target, writeOf(isDelete, target, answer.object), source, request);
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

  /** @throws ApiError 422 where the change cannot be written to the source; what the user's function refuses */
  #mapped<C>(name: string, wanted: StoredObject, map: () => C | undefined): C {
    const { kind } = this.#options;
    let change: C | undefined;
    try {
      change = map();
    } catch (error) {
      throw error instanceof HandlerRefusal
        ? refusalStatus(error.reason, kind, name, { ...wanted, metadata: { ...wanted.metadata } })
        : error;
    }
    if (change !== undefined) return change;
    const cause = invalidField('', name, 'this change cannot be written to what it is made from');
    throw invalid({ group: kind.group, kind: kind.kind }, name, [cause]);
  }

  #requireWritable(changed: readonly (readonly string[])[], name: string): void {
    const { kind, writes } = this.#options;
    if (writes.fields === undefined) return;
    const writable = writes.fields.map((field) => field.split('.'));
    const refused = changed.filter((path) => !writable.some((steps) => steps.every((step, at) => step === path[at])));
    if (refused.length === 0) return;
    const causes = refused.map((path) => forbiddenField(path.join('.'), 'it is made from other objects'));
    throw invalid({ group: kind.group, kind: kind.kind }, name, causes);
  }
}

/** The version that the row is made from now; undefined when there is none any more. */
function versionNow({ collection }: MaterializedView, key: string, target: SourceTarget): string | undefined {
  const stamp = target.isPrimary ? collection.stampOf(key) : target.source.stampOf(target.key);
  return stamp?.version === undefined ? undefined : String(stamp.version);
}

/** A row as JSON has it. */
function objectOf({ bytes }: Row): StoredObject {
  return JSON.parse(bytes.toString()) as StoredObject;
}

/** `pods "web"`, `deployments.apps "web"` */
function sourceText(writes: UpstreamWrites, { source, key }: SourceTarget): string {
  const resource = writes.resourceOf(source);
  if (resource === undefined) {
    throw new Error(`${source.name} cannot be written: it was not read by the informers that the server was given`);
  }
  const { group, resource: plural } = resource;
  return `${group === '' ? plural : `${plural}.${group}`} ${JSON.stringify(key.slice(key.indexOf('/') + 1))}`;
}

function lockedPatch({ patch }: SourcePatch, { version }: SourceTarget): object {
  const metadata = patch['metadata'];
  const given = typeof metadata === 'object' && metadata !== null ? metadata : {};
  return { ...patch, metadata: { ...given, resourceVersion: version } };
}

function deleteOptions(
  { uid, version }: SourceTarget,
  { gracePeriodSeconds, propagationPolicy, orphanDependents }: ThroughDeletion,
): object {
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    preconditions: { uid, resourceVersion: version },
    gracePeriodSeconds,
    propagationPolicy,
    orphanDependents,
  };
}

/** Undefined where the cluster says nothing of a version: then there is nothing to wait for. */
function writeOf(isDelete: boolean, target: SourceTarget, object: unknown): SourceWrite | undefined {
  const metadata = isStillThere(object) ? (object as SourceObject).metadata : undefined;
  const version = versionNumber(metadata?.resourceVersion);
  const wasLeaving = 'deletionTimestamp' in ((target.object as SourceObject | undefined)?.metadata ?? {});
  if (isDelete && !(wasLeaving && version !== undefined)) return { type: 'deleted', version };
  return version === undefined ? undefined : { type: 'written', version };
}

/** Of what is gone, a Status is answered. */
function isStillThere(object: unknown): boolean {
  return typeof object === 'object' && object !== null && !('kind' in object && object.kind === 'Status');
}

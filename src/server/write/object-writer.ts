/**
 * Writes the objects of one custom resource to a store, as the generic registry of kube-apiserver does (api-semantics 6).
 *
 * ```
 *   create:         complete (name, system fields) ─► mutate ─► managers ─► validate ─► store.create ─► shown by the view ─► outcome
 *   update, patch:  current ─► next ─► no change? outcome : mutate … validate ─► store.replace at the revision of current ─► … ─► outcome
 *                      ▲                                                             │ another client was faster
 *                      └──────── up to 5 times, if the client named no version ──────┘
 * ```
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { keyOfParts } from '../../key.ts';
import { KeyExistsError, KeyNotFoundError, RevisionConflictError } from '../../stores/errors.ts';
import type { Versioned } from '../../stores/object-store.ts';
import { differInTimesAtMost } from '../wire/managed-fields/request.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { ApiError, generateNameConflict } from '../wire/status.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import type { DeleteOptions } from '../wire/writes/delete-options.ts';
import { requireValid } from '../wire/writes/metadata-causes.ts';
import { generatedName, newObject, terminatingObject, updatedObject } from '../wire/writes/object-writes.ts';
import { groupResourceOf } from '../wire/writes/written-kind.ts';
import { completedObject, finalizersFor, requirePreconditions, withFinalizers, withManagers } from './object-change.ts';
import { type CurrentObject, versioned, withoutVersion } from './served-states.ts';
import { objectExists, objectModified, objectNotFound } from './write-refusals.ts';
import type { CallerStore, ObjectWriterOptions, WriteOutcome, Writing } from './writing.ts';

export type { ObjectWriterOptions, WriteOutcome, Writing } from './writing.ts';

const MAX_NAME_RETRIES = 8;
const MAX_WRITE_RETRIES = 5;

/** The part of a write that names an object and its caller. */
type Reading = Pick<Writing, 'namespace' | 'name' | 'signal' | 'user' | 'dryRun'>;

/** Options of {@link ObjectWriter.patch}. */
export interface PatchOptions {
  readonly create?: (() => KubernetesObject) | undefined;
  readonly current?: CurrentObject | undefined;
}

/** See the top of this file. */
export class ObjectWriter {
  readonly #options: ObjectWriterOptions;

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
  }

  /** Stores a new object. @throws ApiError 409 when an object of that name exists, 422 */
  async create(input: KubernetesObject, writing: Writing): Promise<WriteOutcome> {
    const { generateName = '', name = '' } = input.metadata ?? {};
    if (name !== '' || generateName === '') return this.#create(input, writing);
    for (let retry = 0; ; retry += 1) {
      const generated = generatedName(generateName, this.#options.random);
      try {
        return await this.#create({ ...input, metadata: { ...input.metadata, name: generated } }, writing);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 409) throw error;
        if (retry === MAX_NAME_RETRIES) throw generateNameConflict(groupResourceOf(this.#options.kind), generated);
      }
    }
  }

  /**
   * Replaces an object. Without a resourceVersion in `input`, it replaces whatever is stored, also the write of a faster client.
   * @param current the object as it was just read
   * @throws ApiError 404, 409, 422
   */
  async replace(input: KubernetesObject, writing: Writing, current: CurrentObject): Promise<WriteOutcome> {
    if ((input.metadata?.resourceVersion ?? '') === '') return this.patch(() => input, writing, { current });
    try {
      return await this.#change(current, input, writing);
    } catch (error) {
      throw error instanceof WriteRaceError ? objectModified(this.#options.kind, writing.name) : error;
    }
  }

  /**
   * Stores the object that `change` makes of the current one. If another client was faster, `change` runs again on the newer object. If
   * the changed object names a version, it must be that of the current one.
   * @param create makes an object that does not exist yet; without it, that is a 404
   * @param known the object as it was just read; without it, `patch` reads it
   */
  async patch(
    change: (current: CompleteObject) => KubernetesObject,
    writing: Writing,
    { create, current: known }: PatchOptions = {},
  ): Promise<WriteOutcome> {
    for (let retry = 0; ; retry += 1) {
      const current = retry === 0 && known !== undefined ? known : await this.#find(writing);
      try {
        if (current !== undefined) return await this.#change(current, change(current.object), writing);
        if (create === undefined) throw objectNotFound(this.#options.kind, writing.name);
        return await this.#create(create(), writing);
      } catch (error) {
        const isRace =
          error instanceof WriteRaceError || (current === undefined && error instanceof ApiError && error.code === 409);
        if (!isRace) throw error;
        if (retry === MAX_WRITE_RETRIES)
          throw error instanceof WriteRaceError ? objectModified(this.#options.kind, writing.name) : error;
      }
    }
  }

  /**
   * Deletes an object, or marks it as terminating until its finalizers are removed.
   * @param known the object as it was just read; without it, `delete` reads it
   * @throws ApiError 404, 409
   */
  async delete(writing: Writing, options: DeleteOptions, known?: CurrentObject): Promise<WriteOutcome> {
    const { kind, clock } = this.#options;
    for (let retry = 0; ; retry += 1) {
      const current = retry === 0 && known !== undefined ? known : await this.read(writing);
      const { object } = current;
      requirePreconditions(kind, object, this.#normalized(options.preconditions ?? {}, current));
      const finalizers = finalizersFor(object, options);
      if (finalizers.length > 0) {
        const isMarked = object.metadata.deletionTimestamp !== undefined;
        const waiting = withFinalizers(isMarked ? object : terminatingObject(kind, object, clock.now()), finalizers);
        if (isDeepStrictEqual(waiting, object)) return outcome(object, current.revision);
        if (this.#endsBeforeStore(writing)) return outcome(waiting, undefined);
        const stored = await this.#attempt(() => this.#store(current, waiting, writing));
        if (stored !== undefined) return stored;
      } else {
        if (this.#endsBeforeStore(writing)) return { ...outcome(object, undefined), isGone: true };
        const gone = await this.#attempt(() => this.#remove(current, object, writing));
        if (gone !== undefined) return gone;
      }
      if (retry === MAX_WRITE_RETRIES) throw objectModified(this.#options.kind, writing.name);
    }
  }

  /** The newest state of an object. @throws ApiError 404 */
  async read(writing: Reading): Promise<CurrentObject> {
    const found = await this.#find(writing);
    if (found === undefined) throw objectNotFound(this.#options.kind, writing.name);
    return found;
  }

  /** The newest states of all objects, by key; undefined if the store can only read one object at a time. */
  async readAll(writing: Writing): Promise<ReadonlyMap<string, CurrentObject> | undefined> {
    const all = await this.#storeFor(writing).readAll?.(writing.signal);
    if (all === undefined) return undefined;
    return new Map(Array.from(all, ([key, state]) => [key, this.#options.states.current(state)]));
  }

  async #find(reading: Reading): Promise<CurrentObject | undefined> {
    const { namespace, name, signal } = reading;
    const found = await this.#storeFor(reading).read(keyOfParts(namespace, name), signal);
    return found === undefined ? undefined : this.#options.states.current(found);
  }

  async #create(input: KubernetesObject, writing: Writing): Promise<WriteOutcome> {
    const { kind, clock, uid } = this.#options;
    const store = this.#storeFor(writing);
    requireValid(kind, input);
    await this.#options.requireNamespace(writing.namespace, input.metadata?.name ?? '', writing.signal);
    const draft = newObject(kind, input, { now: clock.now(), uid, writer: 'client' });
    const object = completedObject(this.#options, draft, undefined, writing);
    const key = keyOfParts(object.metadata.namespace, object.metadata.name);
    if (this.#endsBeforeStore(writing)) {
      const present = await store.read(key, writing.signal);
      if (present !== undefined) throw objectExists(kind, present.object);
      return { ...outcome(object, undefined), isNew: true };
    }
    try {
      const stored = await store.create(withoutVersion(object), writing.signal);
      return { ...(await this.#done(stored, object, writing)), isNew: true };
    } catch (error) {
      if (!(error instanceof KeyExistsError)) throw error;
      throw objectExists(this.#options.kind, (await store.read(key, writing.signal))?.object ?? object);
    }
  }

  async #change(current: CurrentObject, input: KubernetesObject, writing: Writing): Promise<WriteOutcome> {
    const { kind } = this.#options;
    const metadata = input.metadata === undefined ? {} : this.#normalized(input.metadata, current);
    const changed = updatedObject(kind, current.object, { ...input, metadata }, writing.part);
    const next = writing.isApply === true ? withManagers(changed, input) : changed;
    if (next === current.object) return outcome(current.object, writing.dryRun ? undefined : current.revision);
    const completed = completedObject(this.#options, next, current.object, writing);
    if (differInTimesAtMost(current.object, completed))
      return outcome(current.object, writing.dryRun ? undefined : current.revision);
    if (this.#endsBeforeStore(writing)) return outcome(completed, undefined);
    const isDone =
      completed.metadata.deletionTimestamp !== undefined && (completed.metadata.finalizers ?? []).length === 0;
    const stored = await this.#attempt(() =>
      isDone ? this.#remove(current, completed, writing) : this.#store(current, completed, writing),
    );
    if (stored !== undefined) return stored;
    throw new WriteRaceError();
  }

  async #store(current: CurrentObject, next: CompleteObject, writing: Writing): Promise<WriteOutcome> {
    const stored = await this.#storeFor(writing).replace(withoutVersion(next), current.revision, writing.signal);
    return this.#done(stored, next, writing);
  }

  async #remove(current: CurrentObject, last: CompleteObject, writing: Writing): Promise<WriteOutcome> {
    const { namespace, name } = current.object.metadata;
    const key = keyOfParts(namespace, name);
    const { revision } = await this.#storeFor(writing).delete(key, current.revision, writing.signal);
    const done = await this.#done({ object: withoutVersion(last), revision }, last, writing);
    // The response carries the version that the object had, as upstream; the version of the deletion goes to watchers.
    return { ...done, object: last, isGone: true };
  }

  /** The outcome of a write once the view shows it. A dry run has no new version: its object keeps the version of `sent`. */
  async #done(stored: Versioned, sent: CompleteObject, { dryRun, signal }: Writing): Promise<WriteOutcome> {
    if (dryRun) return outcome(versioned(stored.object, sent.metadata.resourceVersion), undefined);
    return outcome(await this.#options.states.written(stored, signal), stored.revision);
  }

  #storeFor({ user, dryRun }: Reading): CallerStore {
    return this.#options.storeFor({ user, dryRun });
  }

  /** Whether the write ends before the store: a dry run, unless the store handles these itself. */
  #endsBeforeStore({ dryRun }: Writing): boolean {
    return dryRun && !this.#options.handlesDryRun;
  }

  /** Writes; undefined if another client was faster. */
  async #attempt(write: () => Promise<WriteOutcome>): Promise<WriteOutcome | undefined> {
    try {
      return await write();
    } catch (error) {
      if (error instanceof RevisionConflictError || error instanceof KeyNotFoundError) return undefined;
      throw error;
    }
  }

  /**
   * Metadata with the current version, if it names a version of the same revision. An earlier definition of the resource may have handed
   * out another version for it.
   */
  #normalized<M extends { readonly resourceVersion?: string | undefined }>(metadata: M, current: CurrentObject): M {
    const { resourceVersion = '' } = metadata;
    if (this.#options.states.revisionOf(resourceVersion) !== current.revision) return metadata;
    return { ...metadata, resourceVersion: current.object.metadata.resourceVersion };
  }
}

/** Another client wrote between the read and the write. */
class WriteRaceError extends Error {
  override readonly name = 'WriteRaceError';
}

function outcome(object: CompleteObject, revision: number | undefined): WriteOutcome {
  return { object, revision, isNew: false, isGone: false };
}

/**
 * Writes the objects of one custom resource to a store, as the generic registry of kube-apiserver does (conformance 6).
 *
 * ```
 *   create:         complete (name, system fields) ─► mutate ─► managers ─► validate ─► store.create ─► view shows it ─► outcome
 *   update, patch:  current ─► next ─► no change? outcome : mutate … validate ─► store.replace at the revision of current ─► … ─► outcome
 *                      ▲                                                             │ another client has changed the object
 *                      └───── up to 5 retries, if the client sent no version ────────┘
 * ```
 * The file is long because create, update, patch and delete share the steps of the drawing.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { keyOfParts } from '../../key.ts';
import { KeyExistsError, KeyNotFoundError, RevisionConflictError } from '../../stores/errors.ts';
import type { Versioned } from '../../stores/object-store.ts';
import { turnAfter } from '../read/turns.ts';
import { differInTimesAtMost } from '../wire/managed-fields/request.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { ApiError, generateNameConflict } from '../wire/status.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import type { DeleteOptions } from '../wire/writes/delete-options.ts';
import { requireValid } from '../wire/writes/metadata-causes.ts';
import { generatedName, newObject, terminatingObject, updatedObject } from '../wire/writes/object-writes.ts';
import { groupResourceOf } from '../wire/writes/written-kind.ts';
import { completedObject, finalizersFor, requirePreconditions, withFinalizers, withManagers } from './object-change.ts';
import type { CallerStore, ObjectWriterOptions, WriteOutcome, ObjectWrite } from './object-write.ts';
import { type CurrentObject, versioned, withoutVersion } from './served-states.ts';
import { objectExists, objectModified, objectNotFound } from './write-refusals.ts';

export type { ObjectWriterOptions, WriteOutcome, ObjectWrite } from './object-write.ts';

/** The maximum number of further names that are generated for `generateName` if the first one exists. */
const MAX_NAME_RETRIES = 8;
/** The maximum number of retries after another client has changed the object. */
const MAX_WRITE_RETRIES = 5;

/** A read of an object for a caller. */
type ObjectRead = Pick<ObjectWrite, 'namespace' | 'name' | 'signal' | 'user' | 'dryRun' | 'requestId'>;

/** Options of {@link ObjectWriter.patch}. */
export interface PatchOptions {
  /** Returns the object to create if it does not exist. Without it, a missing object is a 404. */
  readonly create?: (() => Promise<KubernetesObject>) | undefined;
  /** The current state, if the caller has just read it. Without it, `patch` reads it. */
  readonly current?: CurrentObject | undefined;
}

/** The writer of one custom resource. */
export class ObjectWriter {
  readonly #options: ObjectWriterOptions;

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
  }

  /** Stores a new object. @throws ApiError 409 if an object with the same name exists, 422 */
  async create(input: KubernetesObject, write: ObjectWrite): Promise<WriteOutcome> {
    const { generateName = '', name = '' } = input.metadata ?? {};
    if (name !== '' || generateName === '') return this.#create(input, write);
    for (let retry = 0; ; retry += 1) {
      const generated = generatedName(generateName, this.#options.random);
      try {
        return await this.#create({ ...input, metadata: { ...input.metadata, name: generated } }, write);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 409) throw error;
        if (retry === MAX_NAME_RETRIES) throw generateNameConflict(groupResourceOf(this.#options.kind), generated);
      }
    }
  }

  /**
   * Replaces an object. Without a resourceVersion in `input`, it replaces the stored state, even if another client has just written it.
   * @param current the current state, which the caller has just read
   * @throws ApiError 404, 409, 422
   */
  async replace(input: KubernetesObject, write: ObjectWrite, current: CurrentObject): Promise<WriteOutcome> {
    if ((input.metadata?.resourceVersion ?? '') === '') return this.patch(() => input, write, { current });
    try {
      return await this.#change(current, input, write);
    } catch (error) {
      throw error instanceof WriteRaceError ? objectModified(this.#options.kind, write.name) : error;
    }
  }

  /**
   * Stores the object that `change` returns for the current object. If another client changes the object at the same time, `change` is
   * called again with the newer object. If the changed object contains a resourceVersion, it must be that of the current object.
   * @throws ApiError 404, 409, 422
   */
  async patch(
    change: (current: CompleteObject) => KubernetesObject | Promise<KubernetesObject>,
    write: ObjectWrite,
    { create, current: known }: PatchOptions = {},
  ): Promise<WriteOutcome> {
    for (let retry = 0; ; retry += 1) {
      const current = retry === 0 && known !== undefined ? known : await this.#find(write);
      try {
        if (current !== undefined) {
          const changed = await change(current.object);
          await turnAfter(changed, write.signal);
          return await this.#change(current, changed, write);
        }
        if (create === undefined) throw objectNotFound(this.#options.kind, write.name);
        return await this.#create(await create(), write);
      } catch (error) {
        const isRace =
          error instanceof WriteRaceError || (current === undefined && error instanceof ApiError && error.code === 409);
        if (!isRace) throw error;
        if (retry === MAX_WRITE_RETRIES)
          throw error instanceof WriteRaceError ? objectModified(this.#options.kind, write.name) : error;
      }
    }
  }

  /**
   * Deletes an object, or marks it as terminating until its finalizers are removed.
   * @param known the current state, if the caller has just read it; without it, `delete` reads it
   * @throws ApiError 404, 409
   */
  async delete(write: ObjectWrite, options: DeleteOptions, known?: CurrentObject): Promise<WriteOutcome> {
    const { kind, clock } = this.#options;
    for (let retry = 0; ; retry += 1) {
      const current = retry === 0 && known !== undefined ? known : await this.read(write);
      const { object } = current;
      requirePreconditions(kind, object, this.#normalized(options.preconditions ?? {}, current));
      const finalizers = finalizersFor(object, options);
      if (finalizers.length > 0) {
        const isMarked = object.metadata.deletionTimestamp !== undefined;
        const terminating = withFinalizers(
          isMarked ? object : terminatingObject(kind, object, clock.now()),
          finalizers,
        );
        if (isDeepStrictEqual(terminating, object)) return outcome(object, current.revision);
        if (this.#endsBeforeStore(write)) return outcome(terminating, undefined);
        const stored = await this.#attempt(() => this.#store(current, terminating, write));
        if (stored !== undefined) return stored;
      } else {
        if (this.#endsBeforeStore(write)) return { ...outcome(object, undefined), isGone: true };
        const removed = await this.#attempt(() => this.#remove(current, object, write));
        if (removed !== undefined) return removed;
      }
      if (retry === MAX_WRITE_RETRIES) throw objectModified(this.#options.kind, write.name);
    }
  }

  /** Reads the newest state of an object. @throws ApiError 404 */
  async read(read: ObjectRead): Promise<CurrentObject> {
    const found = await this.#find(read);
    if (found === undefined) throw objectNotFound(this.#options.kind, read.name);
    return found;
  }

  /** Reads the newest states of all objects, by key. Returns undefined if the store reads only one object at a time. */
  async readAll(write: ObjectWrite): Promise<ReadonlyMap<string, CurrentObject> | undefined> {
    const all = await this.#storeFor(write).readAll?.(write.signal);
    if (all === undefined) return undefined;
    return new Map(Array.from(all, ([key, state]) => [key, this.#options.states.current(state)]));
  }

  async #find(read: ObjectRead): Promise<CurrentObject | undefined> {
    const { namespace, name, signal } = read;
    const found = await this.#storeFor(read).read(keyOfParts(namespace, name), signal);
    return found === undefined ? undefined : this.#options.states.current(found);
  }

  async #create(input: KubernetesObject, write: ObjectWrite): Promise<WriteOutcome> {
    const { kind, clock, uid } = this.#options;
    const store = this.#storeFor(write);
    requireValid(kind, input);
    await this.#options.requireNamespace(write.namespace, input.metadata?.name ?? '', write.signal);
    const draft = newObject(kind, input, { now: clock.now(), uid, writer: 'client' });
    const object = await completedObject(this.#options, draft, undefined, write);
    await turnAfter(object, write.signal);
    const key = keyOfParts(object.metadata.namespace, object.metadata.name);
    if (this.#endsBeforeStore(write)) {
      const present = await store.read(key, write.signal);
      if (present !== undefined) throw objectExists(kind, present.object);
      return { ...outcome(object, undefined), isNew: true };
    }
    try {
      const stored = await store.create(withoutVersion(object), write.signal);
      return { ...(await this.#done(stored, object, write)), isNew: true };
    } catch (error) {
      if (!(error instanceof KeyExistsError)) throw error;
      throw objectExists(this.#options.kind, (await store.read(key, write.signal))?.object ?? object);
    }
  }

  async #change(current: CurrentObject, input: KubernetesObject, write: ObjectWrite): Promise<WriteOutcome> {
    const { kind } = this.#options;
    const metadata = input.metadata === undefined ? {} : this.#normalized(input.metadata, current);
    const changed = updatedObject(kind, current.object, { ...input, metadata }, write.part);
    const next = write.isApply === true ? withManagers(changed, input) : changed;
    if (next === current.object) return outcome(current.object, write.dryRun ? undefined : current.revision);
    const completed = await completedObject(this.#options, next, current.object, write);
    await turnAfter(completed, write.signal);
    if (differInTimesAtMost(current.object, completed))
      return outcome(current.object, write.dryRun ? undefined : current.revision);
    if (this.#endsBeforeStore(write)) return outcome(completed, undefined);
    const isDeleted =
      completed.metadata.deletionTimestamp !== undefined && (completed.metadata.finalizers ?? []).length === 0;
    const stored = await this.#attempt(() =>
      isDeleted ? this.#remove(current, completed, write) : this.#store(current, completed, write),
    );
    if (stored !== undefined) return stored;
    throw new WriteRaceError();
  }

  async #store(current: CurrentObject, next: CompleteObject, write: ObjectWrite): Promise<WriteOutcome> {
    const stored = await this.#storeFor(write).replace(withoutVersion(next), current.revision, write.signal);
    return this.#done(stored, next, write);
  }

  async #remove(current: CurrentObject, last: CompleteObject, write: ObjectWrite): Promise<WriteOutcome> {
    const { namespace, name } = current.object.metadata;
    const key = keyOfParts(namespace, name);
    const { revision } = await this.#storeFor(write).delete(key, current.revision, write.signal);
    const done = await this.#done({ object: withoutVersion(last), revision }, last, write);
    // The response carries the last version of the object, as from a kube-apiserver. Watchers receive the version of the deletion.
    return { ...done, object: last, isGone: true };
  }

  /** Returns the outcome of a write when the view shows it. A dry run has no new version: its object keeps the version of `sent`. */
  async #done(stored: Versioned, sent: CompleteObject, { dryRun, signal }: ObjectWrite): Promise<WriteOutcome> {
    if (dryRun) return outcome(versioned(stored.object, sent.metadata.resourceVersion), undefined);
    return outcome(await this.#options.states.written(stored, signal), stored.revision);
  }

  #storeFor({ user, dryRun, requestId }: ObjectRead): CallerStore {
    return this.#options.storeFor({ user, dryRun, requestId });
  }

  /** Whether the write ends before the store is called: a dry run, unless the store handles dry runs. */
  #endsBeforeStore({ dryRun }: ObjectWrite): boolean {
    return dryRun && !this.#options.handlesDryRun;
  }

  /** Returns the outcome of a store operation, or undefined if another client has changed or deleted the object since it was read. */
  async #attempt(operation: () => Promise<WriteOutcome>): Promise<WriteOutcome | undefined> {
    try {
      return await operation();
    } catch (error) {
      if (error instanceof RevisionConflictError || error instanceof KeyNotFoundError) return undefined;
      throw error;
    }
  }

  /**
   * Returns the metadata with the current version if it contains another version of the same revision. An earlier definition of the
   * resource may have assigned that version.
   */
  #normalized<M extends { readonly resourceVersion?: string | undefined }>(metadata: M, current: CurrentObject): M {
    const { resourceVersion = '' } = metadata;
    if (this.#options.states.revisionOf(resourceVersion) !== current.revision) return metadata;
    return { ...metadata, resourceVersion: current.object.metadata.resourceVersion };
  }
}

/** Another client has changed the object between the read and the write. */
class WriteRaceError extends Error {
  override readonly name = 'WriteRaceError';
}

function outcome(object: CompleteObject, revision: number | undefined): WriteOutcome {
  return { object, revision, isNew: false, isGone: false };
}

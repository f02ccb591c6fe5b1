/**
 * States of a store as clients see them: each with the resourceVersion that the view assigned to it.
 *
 * The rule: a response carries a state together with the position at which *that state* was logged. It never combines the content of one
 * state with the version of another: the client's next update would then overwrite a write that it has not seen.
 * @module
 */
import { keyOf } from '../../key.ts';
import { NotReadyError, RowRefusedError } from '../../projections/errors.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import type { Row } from '../../projections/row.ts';
import type { StoredObject, Versioned } from '../../stores/object-store.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';

/** An object with its served resourceVersion, and its revision in the store. */
export interface CurrentObject {
  readonly object: CompleteObject;
  readonly revision: number;
}

/** A position of a view, which clients receive as a resourceVersion. */
const POSITION = /^[1-9][0-9]{0,18}$/;

/** The states of one store, as one view shows them. */
export class ServedStates {
  readonly #view: MaterializedView;

  constructor(view: MaterializedView) {
    this.#view = view;
  }

  /** Returns a state that was read from the store, with its served version. */
  current(state: Versioned): CurrentObject {
    return { object: versioned(state.object, this.#versionOf(state)), revision: state.revision };
  }

  /**
   * Returns the state that a write stored, when the view shows it. If the view has skipped that state because a newer one followed
   * immediately, it returns the newer state with its own version.
   */
  async written(state: Versioned, signal: AbortSignal): Promise<CompleteObject> {
    const { revision, object } = state;
    const position = this.#view.positionOfVersion(String(revision), 0);
    if (position !== undefined) {
      await this.#reached(position, signal);
      return this.current(state).object;
    }
    const row = this.#view.ready ? this.#rowOf(state) : undefined;
    if (row !== undefined) return versioned(object, row.object.metadata.resourceVersion);
    const newer = this.#view.ready ? this.#view.get(keyOf(object)) : undefined;
    return newer === undefined ? this.current(state).object : (newer.object as unknown as CompleteObject);
  }

  /** Returns the revision in the store that a resourceVersion contains, or undefined if it contains none. */
  revisionOf(resourceVersion: string): number | undefined {
    const revision = POSITION.test(resourceVersion) ? this.#view.versionOf(BigInt(resourceVersion)) : undefined;
    return revision === undefined ? undefined : Number(revision);
  }

  /**
   * Returns the row of a written object: the row of the view, or a new row if the view already shows another state.
   * @param isStored false for the result of a dry run, which has the version of the stored object
   */
  rowOf(object: CompleteObject, isStored: boolean): Row {
    const { uid, resourceVersion } = object.metadata;
    const key = keyOf(object);
    const shown = isStored && this.#view.ready ? this.#view.get(key) : undefined;
    if (shown?.object.metadata.resourceVersion === resourceVersion && shown.sourceUid === uid) return shown;
    const position = POSITION.test(resourceVersion) ? BigInt(resourceVersion) : 0n;
    const stamp = { version: undefined, uid, apiVersion: object.apiVersion, kind: object.kind };
    return this.#view.encoder.encode(key, object, { stamp, position });
  }

  /**
   * Returns the version of a state. If the view has not logged the state, its version in scheme `upstream` has the digest of the row alone. In
   * scheme `local`, it is the revision, which is not the version of any row.
   */
  #versionOf(state: Versioned): string {
    const row = this.#view.ready ? this.#rowOf(state) : undefined;
    if (row !== undefined) return row.object.metadata.resourceVersion;
    const revision = String(state.revision);
    const { uid } = state.object.metadata;
    const place = this.#view.positionOfVersion(revision, 0);
    if (place === undefined) return revision;
    const stamp = { version: undefined, uid, apiVersion: state.object.apiVersion, kind: state.object.kind };
    const position = (digest: number): bigint => this.#view.positionOfVersion(revision, digest) ?? place;
    try {
      return this.#view.encoder.encode(keyOf(state.object), state.object, { stamp, position }).object.metadata
        .resourceVersion;
    } catch (error) {
      // The view does not show the object, so no client has a version of its row.
      if (error instanceof RowRefusedError) return place.toString();
      throw error;
    }
  }

  #rowOf({ object, revision }: Versioned): Row | undefined {
    return this.#view.rowAtSource(keyOf(object), String(revision));
  }

  /** Resolves when the view has reached a position, so that reads return the state. */
  async #reached(position: bigint, signal: AbortSignal): Promise<void> {
    try {
      await this.#view.reached(position, signal);
    } catch (error) {
      // The write is stored. Until the view is ready again, the server rejects all reads, so no client can miss the write.
      if (!(error instanceof NotReadyError)) throw error;
    }
  }
}

/** Returns a stored object with a resourceVersion. */
export function versioned(object: StoredObject, resourceVersion: string): CompleteObject {
  const { apiVersion, kind, metadata, ...content } = object;
  // The metadata of a stored object was completed when it was written.
  return { apiVersion, kind, metadata: { ...metadata, resourceVersion }, ...content } as CompleteObject;
}

/** Returns the object for a store, without its resourceVersion, because the store assigns the revision. */
export function withoutVersion({ metadata, ...content }: CompleteObject): StoredObject {
  const { resourceVersion: _version, ...kept } = metadata;
  return { ...content, metadata: kept };
}

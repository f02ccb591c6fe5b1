/**
 * The row after a write of its source. A dry run predicts the row from the object that the cluster returned. A real write waits until the
 * view shows it, so that clients read their own writes.
 * @module
 */
import { onAbort } from '../../../abort.ts';
import { nodeOf } from '../../../informers/collection/collection-node.ts';
import { type Collection, type DeltaOperator, keepRunning } from '../../../informers/collection/collection.ts';
import { operatorOf } from '../../../informers/collection/lineage.ts';
import { SourceCollection, type SourceObject } from '../../../informers/collection/source-collection.ts';
import {
  isAtLeast,
  isComparable,
  isNewer,
  isOlder,
  presentVersion,
} from '../../../informers/collection/source-version.ts';
import type { SourceStatus } from '../../../informers/collection/source-status.ts';
import type { MaterializedView } from '../../../projections/materialized-view.ts';
import type { Row } from '../../../projections/row.ts';
import type { WaitContext } from '../../read/freshness.ts';
import type { SourceTarget } from './source-object.ts';

/** The maximum time that a write waits for the view, in milliseconds. */
const VISIBLE_TIMEOUT_MS = 3000;

/** A write of an object of a source that the cluster has done. */
export type SourceWrite =
  /** The object is stored. `version` is its version in the cluster's response. */
  | { readonly type: 'written'; readonly version: string }
  /**
   * The object is deleted, or will be when its finalizers have run. `version` is that of the object in the response, if it contains one.
   */
  | { readonly type: 'deleted'; readonly version: string | undefined };

/** A view and the key of a row in it. */
export interface RowInView {
  readonly view: MaterializedView;
  readonly key: string;
}

/**
 * Returns whether the view shows a write: the source has applied all changes up to the write, and the row was computed from the written
 * state or a newer one, or no longer exists. If an operator delays rows (`coalesce`), the view shows the write after the delay.
 */
export function showsWrite({ view, key }: RowInView, target: SourceTarget, write: SourceWrite): boolean {
  const { source, uid } = target;
  const stamp = source.stampOf(target.key);
  const isGone = stamp === undefined || stamp.uid !== uid;
  const current = stamp?.version;
  if (write.type === 'deleted') {
    if (!isGone && (write.version === undefined || !isDeletionRead(current, target, write.version))) return false;
  } else {
    const { frontier } = source;
    const isReached = isComparable(frontier)
      ? isAtLeast(frontier, write.version)
      : isGone || isRead(current, target, write);
    if (!isReached) return false;
  }
  if (!target.isPrimary) return true;
  const shown = nodeOf(view.collection).stampOf(key);
  if (shown?.uid === undefined || shown.uid !== uid) return true;
  // A write without a change returns a version for which no event is sent.
  if (isGone) return false;
  const enough = [current, write.version];
  return current === undefined || enough.some((version) => version !== undefined && isShown(shown.version, version));
}

/** Returns whether an object that still exists has been read after the start of its deletion. */
function isDeletionRead(current: string | undefined, target: SourceTarget, written: string): boolean {
  // If the object was deleted at once, the response can contain the version before the delete.
  return current !== undefined && isNewer(current, target.version) && !isOlder(current, written);
}

/**
 * Returns whether an object at a version contains a write. Opaque versions have no order. The write replaced the state at
 * `target.version`, so any other version of the object comes from the write or from a later one.
 */
function isRead(current: string | undefined, target: SourceTarget, write: { readonly version: string }): boolean {
  if (current === undefined) return false;
  if (isComparable(current) && isComparable(write.version)) return isAtLeast(current, write.version);
  return current === write.version || current !== target.version;
}

function isShown(shown: string | undefined, version: string): boolean {
  return shown !== undefined && isAtLeast(shown, version);
}

/**
 * Waits until a condition on the view or on a source is true.
 * @returns false after three seconds, or when the client has disconnected
 */
export function waitUntil(
  condition: () => boolean,
  { view, source }: { readonly view: MaterializedView; readonly source: SourceTarget['source'] },
  { clock, signal }: WaitContext,
): Promise<boolean> {
  if (condition()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const cleanups: (() => void)[] = [];
    const end = (isTrue: boolean): void => {
      for (const cleanup of cleanups.splice(0)) cleanup();
      resolve(isTrue);
    };
    const check = (): void => {
      if (condition()) end(true);
    };
    const giveUp = (): void => end(false);
    cleanups.push(source.onSettled(check), view.onChange(check), clock.schedule(VISIBLE_TIMEOUT_MS, giveUp));
    cleanups.push(onAbort(signal, giveUp));
  });
}

/** Returns whether {@link predictedRow} works for a collection: each row must come from one object, by steps that read nothing else. */
export function canPredictRow(collection: Collection<unknown>): boolean {
  const { lineage } = nodeOf(collection);
  return lineage !== undefined && lineage.steps.every((step) => operatorOf(step) !== undefined);
}

/**
 * Returns the row that the view would make from an object, or undefined if it would make none. It does not call observers of the pipeline
 * (`tap`).
 * @throws the error of a step, or RowRefusedError
 */
export function predictedRow(view: MaterializedView, row: Row, object: SourceObject): Row | undefined {
  const { collection } = view;
  const steps = (nodeOf(collection).lineage?.steps ?? []).filter(({ observes }) => observes !== true);
  let rows: Collection<unknown> = new SingleObject(object);
  for (const step of steps) rows = rows.pipe(operatorOf(step) as DeltaOperator<unknown, unknown>);
  const lifetime = new AbortController();
  keepRunning(rows, lifetime.signal);
  try {
    const projected = rows.get(row.key);
    const error = rows.errors.get(row.key);
    if (error !== undefined) throw new Error(error.message, { cause: error });
    if (projected === undefined) return undefined;
    const { uid, resourceVersion } = object.metadata ?? {};
    const stamp = { version: presentVersion(resourceVersion), uid, apiVersion: object.apiVersion, kind: object.kind };
    return view.encoder.encode(row.key, projected, { stamp, position: row.position, old: row });
  } finally {
    lifetime.abort();
  }
}

/** A source with one object that never changes. */
class SingleObject extends SourceCollection<SourceObject> {
  constructor(object: SourceObject) {
    super('a dry run', 'none');
    this.replaceAll([object], undefined);
  }

  override sources(): SourceStatus[] {
    return [];
  }

  protected override get readable(): boolean {
    return true;
  }

  protected override start(): void {
    // The constructor has added the object.
  }

  protected override stop(): void {
    // There is nothing to stop.
  }
}

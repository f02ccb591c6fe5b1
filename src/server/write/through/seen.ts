/**
 * Read your writes: waiting until the rows show what was written to their source.
 * @module
 */
import { onAbort } from '../../../abort.ts';
import type { MaterializedView } from '../../../projections/materialized-view.ts';
import type { Patience } from '../../read/view-errors.ts';
import type { SourceTarget } from './source-object.ts';
import { nodeOf } from '../../../informers/collection/collection-node.ts';

/** How long the rows are waited for, in milliseconds. */
export const SEEN_WAIT_MS = 3000;

/** What was done to an object of a source. */
export type SourceWrite =
  /** The version of the object that the cluster answered with. */
  | { readonly type: 'written'; readonly version: number }
  /** The object has gone, or (`version`: of the object that was answered with) will, as soon as others have finished. */
  | { readonly type: 'deleted'; readonly version: number | undefined };

/** A view and the key of a row in it. */
export interface ShownRow {
  readonly view: MaterializedView;
  readonly key: string;
}

/**
 * Whether the rows show a write already. All changes of the source up to the write have been taken over then, and the row has been made
 * from what was written, or from something newer, or is gone. An operator that holds rows back on purpose (`coalesce`) is waited for.
 */
export function hasSeen({ view, key }: ShownRow, target: SourceTarget, write: SourceWrite): boolean {
  const { source, uid } = target;
  const stamp = source.stampOf(target.key);
  const isGone = stamp === undefined || stamp.uid !== uid;
  const before = Number(target.version);
  if (write.type === 'deleted') {
    // What is answered of an object that went at once may be of the version before.
    if (!isGone && (write.version === undefined || (stamp.version ?? 0) < Math.max(write.version, before + 1))) {
      return false;
    }
  } else {
    const { frontier } = source;
    const isReached =
      frontier === undefined ? isGone || (stamp.version ?? 0) >= write.version : frontier >= write.version;
    if (!isReached) return false;
  }
  if (!target.isPrimary) return true;
  const shown = nodeOf(view.collection).stampOf(key);
  if (shown?.uid === undefined || shown.uid !== uid) return true;
  // A write that changed nothing has a version that no event brings.
  return !isGone && (shown.version ?? 0) >= Math.min(write.version ?? Infinity, stamp.version ?? 0);
}

/**
 * Waits until a condition of the rows or of a source holds.
 * @returns false when it did not within three seconds, or the client has gone
 */
export function comesTrue(
  holds: () => boolean,
  { view, source }: { readonly view: MaterializedView; readonly source: SourceTarget['source'] },
  { clock, signal }: Patience,
): Promise<boolean> {
  if (holds()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const ends: (() => void)[] = [];
    const end = (isTrue: boolean): void => {
      for (const one of ends.splice(0)) one();
      resolve(isTrue);
    };
    const look = (): void => {
      if (holds()) end(true);
    };
    const giveUp = (): void => end(false);
    ends.push(source.onSettled(look), view.onChange(look), clock.schedule(SEEN_WAIT_MS, giveUp));
    ends.push(onAbort(signal, giveUp));
  });
}

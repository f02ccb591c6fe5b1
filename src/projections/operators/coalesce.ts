/**
 * `coalesce`: the same objects with fewer batches.
 *
 * ```
 *   open ──a change: it is emitted──► closed ──the interval ends, changes wait: they are emitted──► closed
 *    ▲                                  └─the interval ends, no changes wait──► open
 *    └────────────────────────────────────────┘
 * ```
 * State: a reference and a stamp for each object that is shown, and the changes that wait. Cost: a map entry for each change; one timer.
 * @module
 */
import { type Cancel, systemClock } from '../../clock.ts';
import type { Change, Collection, DeltaBatch, DeltaOperator } from '../../informers/collection/index.ts';
import type { SourceStamp } from '../../informers/collection/lineage.ts';
import { LONGEST_TIMER, requireMilliseconds } from '../arguments.ts';
import { incremental } from '../incremental.ts';
import { nodeOf } from '../../informers/collection/collection-node.ts';
import type { ClockOptions } from '../timing.ts';

/** An object and its stamp when its batch arrived. */
interface ObjectState<T> {
  readonly object: T;
  readonly stamp: SourceStamp | undefined;
  /** Whether it is another object (another uid) than the one that was emitted, even if the content is equal. */
  readonly recreated: boolean;
}

/**
 * Emits at most one batch of changes in `milliseconds`, with the last state of each key. Objects that are added and deleted within the
 * interval are not emitted.
 *
 * Three kinds of changes are emitted immediately: a change after an interval without changes, the first state, and all changes while the
 * input is not synced (its source does not exist) up to the state when it is synced again. So a view is never ready with outdated rows.
 * @throws RangeError unless the interval is a whole number of milliseconds from 1 to 2^31-1
 * @example
 * const usage = podMetrics.pipe(coalesce(5000));
 */
export function coalesce<T>(milliseconds: number, options: ClockOptions = {}): DeltaOperator<T, T> {
  const interval = requireMilliseconds('coalesce', milliseconds, LONGEST_TIMER);
  const { clock = systemClock } = options;
  return incremental('coalesce', ({ main, provenance, onClose, wake }) => {
    let input: Collection<unknown> | undefined;
    /** The objects as they were emitted last. */
    const shown = new Map<string, ObjectState<T>>();
    /** The changes that wait; undefined if the object was deleted. */
    const held = new Map<string, ObjectState<T> | undefined>();
    /** Cancels the timer of the interval; undefined while the operator is open. */
    let closed: Cancel | undefined;
    let synced = false;
    /** Whether the waiting changes are emitted in this tick. */
    let pass = false;
    const close = (): void => {
      closed?.();
      closed = clock.schedule(interval, () => {
        closed = undefined;
        pass = held.size > 0;
        if (pass) wake();
      });
    };
    onClose(() => closed?.());

    const hold = (key: string, object: T, recreated: boolean): void => {
      const before = held.get(key);
      const replaced = recreated || before?.recreated === true || (held.has(key) && before === undefined);
      held.set(key, {
        object,
        stamp: input === undefined ? undefined : nodeOf(input).stampOf(key),
        recreated: replaced,
      });
    };
    const take = ({ changes, cause }: DeltaBatch<T>): void => {
      for (const { type, key, object } of changes) {
        if (type !== 'DELETED') hold(key, object, false);
        else if (shown.has(key)) held.set(key, undefined);
        else held.delete(key);
      }
      for (const key of 'recreated' in cause ? (cause.recreated ?? []) : []) {
        const object = held.has(key) ? held.get(key)?.object : shown.get(key)?.object;
        if (object !== undefined) hold(key, object, true);
      }
    };
    main((batch) => {
      take(batch);
      const before = synced;
      synced = input?.hasSynced ?? batch.cause.type !== 'GONE';
      if (closed === undefined || !synced || !before) pass = true;
    });
    provenance((of) => {
      input = of;
      return {
        originsOf: (key) => (shown.has(key) ? [{ collection: of, key }] : []),
        primaryOf: (key) => ({ collection: of, key }),
        // A waiting object is recreated only when it is emitted.
        rowsOf: (key) => (held.has(key) ? [] : [key]),
        stampOf: (key) => shown.get(key)?.stamp,
      };
    });
    const show = (key: string, state: ObjectState<T> | undefined): Change<T> => {
      const before = shown.get(key);
      if (state === undefined) {
        shown.delete(key);
        return { type: 'REMOVE', key };
      }
      shown.set(key, state);
      return { type: 'PUT', key, object: state.object, recreated: before !== undefined && state.recreated };
    };
    return function* () {
      const passing = pass && held.size > 0;
      pass = false;
      if (!passing) return;
      close();
      for (const [key, state] of held) yield show(key, state);
      held.clear();
    };
  });
}

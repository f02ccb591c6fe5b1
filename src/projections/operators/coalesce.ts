/**
 * `coalesce`: the same objects with fewer batches.
 *
 * ```
 *   open ──a change: it is emitted──► closed ──the interval ends, changes wait: they are emitted──► closed
 *    ▲                                  └─the interval ends, no changes wait──► open
 *    └────────────────────────────────────────┘
 * ```
 * State: a reference and a stamp for each emitted object, and the changes that wait. Cost: a map entry for each change; one timer.
 * @module
 */
import { type Cancel, systemClock } from '../../clock.ts';
import type { Change, Collection, DeltaBatch, DeltaOperator } from '../../informers/collection/index.ts';
import type { SourceStamp } from '../../informers/collection/lineage.ts';
import { OWN_OBJECT } from '../../informers/collection/step-reads.ts';
import { LONGEST_TIMER, requireMilliseconds } from '../arguments.ts';
import { declaredStep } from '../incremental.ts';
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
  return declaredStep('coalesce', OWN_OBJECT, ({ main, provenance, onClose, wake }) => {
    let input: Collection<unknown> | undefined;
    /** The objects as they were emitted last. */
    const emitted = new Map<string, ObjectState<T>>();
    /** The changes that wait; undefined if the object was deleted. */
    const waiting = new Map<string, ObjectState<T> | undefined>();
    /** Cancels the timer of the current interval; undefined while the operator is open. */
    let cancelInterval: Cancel | undefined;
    let synced = false;
    /** Whether the waiting changes are emitted in this tick. */
    let emitsNow = false;
    const startInterval = (): void => {
      cancelInterval?.();
      cancelInterval = clock.schedule(interval, () => {
        cancelInterval = undefined;
        emitsNow = waiting.size > 0;
        if (emitsNow) wake();
      });
    };
    onClose(() => cancelInterval?.());

    const enqueue = (key: string, object: T, recreated: boolean): void => {
      const before = waiting.get(key);
      const replaced = recreated || before?.recreated === true || (waiting.has(key) && before === undefined);
      waiting.set(key, {
        object,
        stamp: input === undefined ? undefined : nodeOf(input).stampOf(key),
        recreated: replaced,
      });
    };
    const receive = ({ changes, cause }: DeltaBatch<T>): void => {
      for (const { type, key, object } of changes) {
        if (type !== 'DELETED') enqueue(key, object, false);
        else if (emitted.has(key)) waiting.set(key, undefined);
        else waiting.delete(key);
      }
      for (const key of 'recreated' in cause ? (cause.recreated ?? []) : []) {
        const object = waiting.has(key) ? waiting.get(key)?.object : emitted.get(key)?.object;
        if (object !== undefined) enqueue(key, object, true);
      }
    };
    main((batch) => {
      receive(batch);
      const before = synced;
      synced = input?.hasSynced ?? batch.cause.type !== 'GONE';
      if (cancelInterval === undefined || !synced || !before) emitsNow = true;
    });
    provenance((of) => {
      input = of;
      return {
        originsOf: (key) => (emitted.has(key) ? [{ collection: of, key }] : []),
        primaryOf: (key) => ({ collection: of, key }),
        // A waiting object is recreated only when it is emitted.
        rowsOf: (key) => (waiting.has(key) ? [] : [key]),
        stampOf: (key) => emitted.get(key)?.stamp,
      };
    });
    const changeOf = (key: string, state: ObjectState<T> | undefined): Change<T> => {
      const before = emitted.get(key);
      if (state === undefined) {
        emitted.delete(key);
        return { type: 'REMOVE', key };
      }
      emitted.set(key, state);
      return { type: 'PUT', key, object: state.object, recreated: before !== undefined && state.recreated };
    };
    return function* () {
      const isEmitting = emitsNow && waiting.size > 0;
      emitsNow = false;
      if (!isEmitting) return;
      startInterval();
      for (const [key, state] of waiting) yield changeOf(key, state);
      waiting.clear();
    };
  });
}

/**
 * `coalesce`: the same objects, told less often.
 *
 * ```
 *   quiet ──a change: it passes──► closed ──the interval is over, changes wait: they pass──► closed
 *     ▲                                   └─the interval is over, nothing waits──► quiet
 *     └───────────────────────────────────────────┘
 * ```
 * State: for each object what is shown of it (a reference and a stamp), and what waits. Cost: a map entry for each change; one timer.
 * @module
 */
import { type Cancel, systemClock } from '../../clock.ts';
import type { Change, Collection, DeltaBatch, DeltaOperator } from '../../informers/collection/index.ts';
import type { SourceStamp } from '../../informers/collection/lineage.ts';
import { type ClockOptions, LONGEST_TIMER, wholeMilliseconds } from '../alarm.ts';
import { incremental } from '../incremental.ts';
import { nodeOf } from '../../informers/collection/collection-node.ts';

/** An object as it was when its batch was taken. */
interface Taken<T> {
  readonly object: T;
  readonly stamp: SourceStamp | undefined;
  /** It is another object than the one shown, however alike. */
  readonly recreated: boolean;
}

/**
 * Tells at most one batch of changes in `milliseconds`, with the last state of each key; who came and went meanwhile is not told.
 *
 * A change after a quiet interval passes at once. So do the first state, everything while the input is not synced (its source has ceased
 * to exist), and what it has when it is synced again: a view is never ready with rows that are known to be old.
 * @throws RangeError unless the interval is a whole number of milliseconds, from 1 to 2^31-1
 * @example
 * const usage = metrics.pipe(coalesce(5000));
 */
export function coalesce<T>(milliseconds: number, options: ClockOptions = {}): DeltaOperator<T, T> {
  const interval = wholeMilliseconds('coalesce', milliseconds, LONGEST_TIMER);
  const { clock = systemClock } = options;
  return incremental('coalesce', ({ main, provenance, onClose, wake }) => {
    let input: Collection<unknown> | undefined;
    const shown = new Map<string, Taken<T>>();
    /** What differs from what is shown; undefined: the object has gone. */
    const held = new Map<string, Taken<T> | undefined>();
    /** Ends the interval; undefined while it is quiet. */
    let closed: Cancel | undefined;
    let synced = false;
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
        // Who waits has another identity only when it is told.
        rowsOf: (key) => (held.has(key) ? [] : [key]),
        stampOf: (key) => shown.get(key)?.stamp,
      };
    });
    const show = (key: string, taken: Taken<T> | undefined): Change<T> => {
      const before = shown.get(key);
      if (taken === undefined) {
        shown.delete(key);
        return { type: 'REMOVE', key };
      }
      shown.set(key, taken);
      return { type: 'PUT', key, object: taken.object, recreated: before !== undefined && taken.recreated };
    };
    return function* () {
      const passing = pass && held.size > 0;
      pass = false;
      if (!passing) return;
      close();
      for (const [key, taken] of held) yield show(key, taken);
      held.clear();
    };
  });
}

/**
 * `countBy`: how many members have which value.
 *
 * State: a number for each value. Cost: constant, and the number of different values for the result.
 * @module
 */
import type { Accumulator, Reducer } from './reducer.ts';

/**
 * The number of members by value: `{ Pending: 1, Running: 3 }`. Members for which `value` answers undefined are not counted; values
 * nobody has are not there. Keys are sorted, as far as JavaScript lets them: those that look like whole numbers stand first.
 * @throws TypeError from `value`, for what is no string: the object is left out
 * @example
 * groupBy((pod) => pod.spec?.nodeName, { byPhase: countBy((pod) => pod.status?.phase) });
 */
export function countBy<T>(value: (object: T) => string | undefined): Reducer<T, Readonly<Record<string, number>>> {
  return {
    read: (object) => {
      const answer: unknown = value(object);
      if (answer !== undefined && typeof answer !== 'string') {
        throw new TypeError(`countBy counts strings, and was given ${answer === null ? 'null' : `a ${typeof answer}`}`);
      }
      return answer;
    },
    open: (): Accumulator<string | undefined, Readonly<Record<string, number>>> => {
      const counts = new Map<string, number>();
      const change = (text: string | undefined, by: number): void => {
        if (text === undefined) return;
        const now = (counts.get(text) ?? 0) + by;
        if (now === 0) counts.delete(text);
        else counts.set(text, now);
      };
      return {
        add: (text) => change(text, 1),
        remove: (text) => change(text, -1),
        // fromEntries, so that a value `__proto__` is a key like any other
        result: () => Object.fromEntries(Array.from(counts).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      };
    },
  };
}

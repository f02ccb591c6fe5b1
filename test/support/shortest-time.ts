/** Detects a delay that would be in every repetition of an action. A busy machine delays some repetitions, but not all of them. */

/** Less than the 40 ms for which a response of several writes waits with Nagle's algorithm. */
export const NAGLE_MS = 35;

const MAX_REPETITIONS = 500;

/** Returns the shortest time of an action in milliseconds. It is repeated until it has been as fast as it is without the delay. */
export async function shortestOf(action: () => Promise<unknown>, enough: number = NAGLE_MS): Promise<number> {
  let shortest = Infinity;
  for (let n = 0; n < MAX_REPETITIONS && shortest >= enough; n += 1) {
    const before = performance.now();
    await action();
    shortest = Math.min(shortest, performance.now() - before);
  }
  return shortest;
}

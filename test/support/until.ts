/** Waits for conditions. A test that passes does not wait for the timeout, so it is long enough for a machine under heavy load. */
import { setImmediate as nextTurn } from 'node:timers/promises';

const TIMEOUT_MS = 60_000;

/**
 * Resolves when the condition holds. It is checked in each turn of the event loop. A loop without an end would keep the process alive after its
 * test has failed.
 * @param what what is waited for, or a function that describes the state at the end
 * @throws Error if the condition does not hold within a minute
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string) = () => condition.toString(),
): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`not within ${TIMEOUT_MS / 1000} s: ${typeof what === 'string' ? what : what()}`);
    }
    await nextTurn();
  }
}

/**
 * Steps that return a promise only if they wait. A promise that nothing waits for costs more than many of the steps of a request.
 * @module
 */

/**
 * Calls a function with the result of a step: at once if the step is done, or when its promise is fulfilled.
 * @throws the error of the function; an error of a waiting step rejects the returned promise
 */
export function afterwards<V, R>(step: V | Promise<V>, then: (value: V) => R | Promise<R>): R | Promise<R> {
  return step instanceof Promise ? step.then(then) : then(step);
}

/** Runs a step, and calls a function when the step has ended, also with an error. @throws the error of the step */
export function ending(run: () => unknown, end: () => void): unknown {
  let done: unknown;
  try {
    done = run();
  } catch (error) {
    end();
    throw error;
  }
  if (done instanceof Promise) return done.finally(end);
  end();
  return done;
}

/** Runs a step, and returns the result of a function instead if the step fails. @throws the error of the function */
export function catching<V>(run: () => V | Promise<V>, failed: (error: unknown) => V): V | Promise<V> {
  let done: V | Promise<V>;
  try {
    done = run();
  } catch (error) {
    return failed(error);
  }
  return done instanceof Promise ? done.catch(failed) : done;
}

/**
 * A call of a handler that is abandoned when its request ends.
 * @module
 */
import { onAbort } from '../../../abort.ts';
import type { Awaitable } from '../../define/handlers.ts';
import { HandlerUnsettledError } from './handler-error.ts';

/** The resource and the verb of a call, for messages. */
export interface HandlerCall {
  readonly resource: string;
  readonly verb: string;
}

/**
 * Calls a handler and returns its result.
 * @param onLateResult receives the result if the handler returns after the signal was aborted
 * @throws HandlerUnsettledError if the signal is aborted first
 * @throws the error that the handler throws
 */
export function resultOf<V>(
  { resource, verb }: HandlerCall,
  signal: AbortSignal,
  call: () => Awaitable<V>,
  onLateResult: (value: V) => void = () => undefined,
): Promise<V> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let isLate = false;
    const result = (async (): Promise<V> => call())();
    const unlisten = onAbort(signal, () => {
      isLate = true;
      // No client waits for an error from now on. The queue only waits until the handler has ended.
      const settled = result.then(onLateResult).catch(() => undefined);
      reject(new HandlerUnsettledError(resource, verb, settled, signal.reason));
    });
    result.then(
      (value) => {
        unlisten();
        if (!isLate) resolve(value);
      },
      (error: unknown) => {
        unlisten();
        if (!isLate) reject(error);
      },
    );
  });
}

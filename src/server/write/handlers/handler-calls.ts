/**
 * A call of a handler that ends when its client leaves.
 * @module
 */
import { onAbort } from '../../../abort.ts';
import type { Awaitable } from '../../define/handlers.ts';
import { HandlerUnsettledError } from './handler-error.ts';

/** Names a call in messages. */
export interface HandlerCall {
  readonly resource: string;
  readonly verb: string;
}

/**
 * The value that a handler returns.
 * @param late gets the value if the handler returns after the client has left
 * @throws HandlerUnsettledError if the signal is aborted first
 * @throws the error that the handler throws
 */
export function resultOf<V>(
  { resource, verb }: HandlerCall,
  signal: AbortSignal,
  call: () => Awaitable<V>,
  late: (value: V) => void = () => undefined,
): Promise<V> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let isLate = false;
    const result = (async (): Promise<V> => call())();
    const unlisten = onAbort(signal, () => {
      isLate = true;
      // A failure after this moment has no client to report it to; the queue only needs to know that the handler has ended.
      const settled = result.then(late).catch(() => undefined);
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

/**
 * A call of a handler that is abandoned when its request ends.
 * @module
 */
import { onAbort } from '../../../abort.ts';
import type { Awaitable } from '../../define/handlers.ts';
import type { Logger } from '../../logger.ts';
import { UserDomain } from '../../user-domain.ts';
import { HandlerUnsettledError, StrayError } from './handler-error.ts';

/** The resource, the verb and the request of a call, for messages, and the log. */
export interface HandlerCall {
  readonly resource: string;
  readonly verb: string;
  /** Undefined for a call that no request has caused. */
  readonly requestId?: string | undefined;
  readonly log: Logger;
}

/**
 * Calls a handler and returns its result. An error of its timers, sockets and emitters ends the call. After the call, it is only logged.
 * @param onLateResult receives the result if the handler returns after the signal was aborted
 * @throws HandlerUnsettledError if the signal is aborted first
 * @throws StrayError if code of the handler fails outside of its promise
 * @throws the error that the handler throws
 */
export function resultOf<V>(
  { resource, verb, requestId, log }: HandlerCall,
  signal: AbortSignal,
  call: () => Awaitable<V>,
  onLateResult: (value: V) => void = () => undefined,
): Promise<V> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let isOver = false;
    /** Ends the call before the handler has returned. No client waits for its result from now on, but the queue does. */
    const abandon = (errorOf: (settled: Promise<void>) => Error): void => {
      isOver = true;
      unlisten();
      reject(errorOf(result.then(onLateResult).catch(() => undefined)));
    };
    const domain = new UserDomain((error) => {
      if (!isOver) {
        abandon((settled) => new StrayError(error, settled));
        return;
      }
      const request = requestId === undefined ? '' : ` (request ${requestId})`;
      log.error(`${resource}: code of the handler ${verb} failed after its call had ended${request}`, error);
    });
    const result = domain.run(call);
    let unlisten = (): void => undefined;
    unlisten = onAbort(signal, () => {
      if (!isOver) abandon((settled) => new HandlerUnsettledError(resource, verb, settled, signal.reason));
    });
    result.then(
      (value) => {
        if (isOver) return;
        isOver = true;
        unlisten();
        resolve(value);
      },
      (error: unknown) => {
        if (isOver) return;
        isOver = true;
        unlisten();
        reject(error);
      },
    );
  });
}

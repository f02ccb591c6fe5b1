/**
 * Asking a handler: for as long as somebody waits.
 * @module
 */
import { onAbort } from '../../../abort.ts';
import { HandlerUnsettledError } from './handler-error.ts';
import type { Awaitable } from '../../define/handlers.ts';

/** What is called, for messages. */
export interface Called {
  readonly resource: string;
  readonly verb: string;
}

/**
 * What a handler answers.
 * @param late told of an answer that comes when nobody waits any more
 * @throws whatever the handler throws
 * @throws HandlerUnsettledError when the signal was aborted first
 */
export function answerOf<V>(
  { resource, verb }: Called,
  signal: AbortSignal,
  call: () => Awaitable<V>,
  late: (answer: V) => void = () => undefined,
): Promise<V> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let isLate = false;
    const answer = called(call);
    const removeListener = onAbort(signal, () => {
      isLate = true;
      // Whoever waits for the end wants to know when, not how: a failure has nobody left to be told.
      const settled = answer.then(late).catch(() => undefined);
      reject(new HandlerUnsettledError(resource, verb, settled, signal.reason));
    });
    answer.then(
      (value) => {
        removeListener();
        if (!isLate) resolve(value);
      },
      (error: unknown) => {
        removeListener();
        if (!isLate) reject(error);
      },
    );
  });
}

/** A handler may throw before it has answered anything. */
async function called<V>(call: () => Awaitable<V>): Promise<V> {
  return call();
}

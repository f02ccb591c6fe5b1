/**
 * Refusals: the errors that handlers, and the `write` functions of a projection, throw when they cannot do what a client asks. The
 * framework adds the kind and the name of the object, and sends the status that a kube-apiserver would send.
 * @module
 */
import { unreachable } from '../../unreachable.ts';
import type { FieldProblem } from './custom-definition.ts';

/** The cause of a refusal. Every text in it is shown to the client. */
export type RefusalReason =
  | { readonly type: 'notFound' }
  | { readonly type: 'alreadyExists' }
  | { readonly type: 'conflict'; readonly message: string | undefined }
  | { readonly type: 'invalid'; readonly problems: readonly FieldProblem[] }
  | { readonly type: 'forbidden'; readonly message: string }
  | { readonly type: 'tooManyRequests'; readonly message: string; readonly retryAfterSeconds: number };

/** The error of a handler that refuses a request. Made by {@link refuse}. The client sees all of its content. */
export class HandlerRefusal extends Error {
  override readonly name = 'HandlerRefusal';
  readonly reason: RefusalReason;
  constructor(reason: RefusalReason) {
    super(messageOf(reason));
    this.reason = reason;
  }
}

/**
 * Makes the errors that a handler throws to refuse a request. Each function returns the error; it does not throw it. Any other error that
 * a handler throws becomes a 500 whose message goes to the log and not to the client.
 * @example
 * const tasks = new Map<string, Handled<Task>>();
 * const get: Getter<Task>['get'] = ({ name }) => {
 *   const task = tasks.get(name);
 *   if (task === undefined) throw refuse.notFound();
 *   return task;
 * };
 */
export const refuse = {
  /** The object does not exist: 404. */
  notFound(): HandlerRefusal {
    return new HandlerRefusal({ type: 'notFound' });
  },

  /** `create` found an object with the same name: 409. If the name was generated, the framework tries another name. */
  alreadyExists(): HandlerRefusal {
    return new HandlerRefusal({ type: 'alreadyExists' });
  },

  /**
   * Another writer has changed the object since `old` was read: 409.
   *
   * Without a message, the framework reads the object again. If the client sent no resourceVersion (as most patches do), the framework
   * repeats the change on the new state, and the client sees no conflict. With a message, the client receives the conflict immediately.
   */
  conflict(message?: string): HandlerRefusal {
    return new HandlerRefusal({ type: 'conflict', message });
  },

  /**
   * The object is invalid: 422, with one cause for each problem. A problem may omit `value`: the framework reads it from the object, and
   * reports a field without a value as required.
   * @example
   * throw refuse.invalid([{ field: 'spec.title', message: 'must differ from the titles of other tasks' }]);
   */
  invalid(problems: readonly FieldProblem[]): HandlerRefusal {
    return new HandlerRefusal({ type: 'invalid', problems });
  },

  /** The user is not allowed to do this: 403. */
  forbidden(message: string): HandlerRefusal {
    return new HandlerRefusal({ type: 'forbidden', message });
  },

  /** The handler cannot do this now: 429, with a `Retry-After` of this many seconds. */
  tooManyRequests(message: string, retryAfterSeconds: number): HandlerRefusal {
    return new HandlerRefusal({ type: 'tooManyRequests', message, retryAfterSeconds });
  },
} as const;

function messageOf(reason: RefusalReason): string {
  switch (reason.type) {
    case 'notFound':
      return 'not found';
    case 'alreadyExists':
      return 'already exists';
    case 'conflict':
      return reason.message ?? 'conflict';
    case 'invalid':
      return reason.problems.map(({ field, message }) => `${field}: ${message}`).join(', ');
    case 'forbidden':
    case 'tooManyRequests':
      return reason.message;
    default:
      return unreachable(reason);
  }
}

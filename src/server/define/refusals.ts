/**
 * What handlers throw where they cannot do what they are asked: the framework knows which object is meant, and answers as the API does.
 * @module
 */
import type { FieldProblem } from './custom-definition.ts';
import { unreachable } from '../../unreachable.ts';

/** Why a handler refuses. */
export type RefusalReason =
  | { readonly type: 'notFound' }
  | { readonly type: 'alreadyExists' }
  | { readonly type: 'conflict'; readonly why: string | undefined }
  | { readonly type: 'invalid'; readonly problems: readonly FieldProblem[] }
  | { readonly type: 'forbidden'; readonly why: string }
  | { readonly type: 'tooManyRequests'; readonly why: string; readonly seconds: number };

/** The refusal of a handler. Made by the functions of this file; all that it says is shown to the client. */
export class HandlerRefusal extends Error {
  override readonly name = 'HandlerRefusal';
  readonly reason: RefusalReason;
  constructor(reason: RefusalReason) {
    super(messageOf(reason));
    this.reason = reason;
  }
}

/** There is no such object: 404. */
export function notFound(): HandlerRefusal {
  return new HandlerRefusal({ type: 'notFound' });
}

/** A `create` of what is there: 409. For a name that was generated, another one is tried. */
export function alreadyExists(): HandlerRefusal {
  return new HandlerRefusal({ type: 'alreadyExists' });
}

/**
 * Somebody else was faster: 409. Without `why` the framework reads the object again; a client that gave no version of it (a patch) need
 * not know, its change is made once more, of what is there now. With `why`, the client is told at once.
 */
export function conflict(why?: string): HandlerRefusal {
  return new HandlerRefusal({ type: 'conflict', why });
}

/**
 * The object is not what it must be: 422, with a cause for each field. The value of a field need not be given: it is looked up, and a
 * field that is not there is said to be required.
 * @example
 * throw invalid([{ field: 'spec.title', message: 'must not be the title of another task' }]);
 */
export function invalid(problems: readonly FieldProblem[]): HandlerRefusal {
  return new HandlerRefusal({ type: 'invalid', problems });
}

/** This user may not do that: 403. */
export function forbidden(why: string): HandlerRefusal {
  return new HandlerRefusal({ type: 'forbidden', why });
}

/** Not now: 429, to come back after so many seconds. */
export function tooManyRequests(why: string, seconds: number): HandlerRefusal {
  return new HandlerRefusal({ type: 'tooManyRequests', why, seconds });
}

function messageOf(reason: RefusalReason): string {
  switch (reason.type) {
    case 'notFound':
      return 'not found';
    case 'alreadyExists':
      return 'already exists';
    case 'conflict':
      return reason.why ?? 'conflict';
    case 'invalid':
      return reason.problems.map(({ field, message }) => `${field}: ${message}`).join(', ');
    case 'forbidden':
    case 'tooManyRequests':
      return reason.why;
    default:
      return unreachable(reason);
  }
}

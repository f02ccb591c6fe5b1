/**
 * The error that a client receives for a refusal of a handler or of a `write` function.
 * @module
 */
import type { StoredObject } from '../../../stores/object-store.ts';
import { unreachable } from '../../../unreachable.ts';
import type { FieldProblem } from '../../define/custom-definition.ts';
import type { RefusalReason } from '../../define/refusals.ts';
import { invalidField, requiredField } from '../../wire/field-error.ts';
import {
  alreadyExists,
  type ApiError,
  conflict,
  forbidden,
  invalid,
  notFound,
  type StatusCause,
  tooManyRequests,
} from '../../wire/status.ts';
import { groupResourceOf, type WrittenKind } from '../../wire/writes/written-kind.ts';

/** The text of Kubernetes for a conflict. */
const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

/**
 * Returns the error for a refusal.
 * @param sent the object that the client wanted to store, if any; the causes of a 422 quote its values
 */
export function refusalStatus(
  reason: RefusalReason,
  kind: WrittenKind,
  name: string,
  sent: StoredObject | undefined,
): ApiError {
  const resource = groupResourceOf(kind);
  switch (reason.type) {
    case 'notFound':
      return notFound(resource, name);
    case 'alreadyExists':
      return alreadyExists(resource, name);
    case 'conflict':
      return conflict(resource, name, reason.message ?? MODIFIED);
    case 'invalid':
      return invalid(
        { group: kind.group, kind: kind.kind },
        name,
        reason.problems.map((problem) => causeOf(problem, sent)),
      );
    case 'forbidden':
      return forbidden(resource, name, reason.message);
    case 'tooManyRequests':
      return tooManyRequests(reason.message, reason.retryAfterSeconds);
    default:
      return unreachable(reason);
  }
}

function causeOf({ field, message, ...problem }: FieldProblem, sent: StoredObject | undefined): StatusCause {
  const value = 'value' in problem ? problem.value : valueAt(sent, field);
  return value === undefined ? requiredField(field, message) : invalidField(field, value, message);
}

/** Returns the value at a path like `spec.items[0].name` or `metadata.labels[example.com/team]`. */
function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const [, index, step = index ?? ''] of path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

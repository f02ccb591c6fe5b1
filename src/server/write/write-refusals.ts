/**
 * The errors that clients receive when an object cannot be written.
 * @module
 */
import { NotReadyError } from '../../projections/errors.ts';
import {
  ObjectTooLargeError,
  StoreFullError,
  StoreUnavailableError,
  WriteOutcomeUnknownError,
} from '../../stores/errors.ts';
import { notReady } from '../read/freshness.ts';
import { clientText } from '../wire/client-text.ts';
import {
  alreadyExists,
  type ApiError,
  conflict,
  notFound,
  requestEntityTooLarge,
  serviceUnavailable,
  timeout,
} from '../wire/status.ts';
import { groupResourceOf, type WrittenKind } from '../wire/writes/written-kind.ts';

/** Returns the 404 for an object that does not exist. */
export function objectNotFound(kind: WrittenKind, name: string): ApiError {
  return notFound(groupResourceOf(kind), name);
}

/** Returns the 409 for an object that another client has changed since it was read. */
export function objectModified(kind: WrittenKind, name: string): ApiError {
  const reason = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(groupResourceOf(kind), name, reason);
}

/** Returns the 409 for a create if an object with the same name exists. */
export function objectExists(kind: WrittenKind, { metadata }: ExistingObject): ApiError {
  const isTerminating = metadata?.deletionTimestamp !== undefined;
  return alreadyExists(groupResourceOf(kind), metadata?.name ?? '', { isTerminating });
}

interface ExistingObject {
  readonly metadata?: { readonly name?: string | undefined; readonly deletionTimestamp?: unknown } | undefined;
}

/** Translates the error of a store into the error of a write. Returns other errors unchanged. They become a 500 without their message. */
export function writeRefusal(error: unknown): unknown {
  if (error instanceof NotReadyError) return notReady(error);
  if (error instanceof ObjectTooLargeError)
    return requestEntityTooLarge(error.limit, `the object has ${error.bytes} bytes, more than the store allows`);
  if (error instanceof StoreUnavailableError || error instanceof StoreFullError)
    return serviceUnavailable(clientText(error.message), 1, error);
  // The client must read before it retries: a blind retry could apply the write twice.
  return error instanceof WriteOutcomeUnknownError ? timeout(clientText(error.message), 0, error) : error;
}

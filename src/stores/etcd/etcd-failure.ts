/**
 * Converts the errors of etcd and gRPC to the errors of stores.
 * @module
 */
import { status, type ServiceError } from '@grpc/grpc-js';
import {
  ObjectTooLargeError,
  RevisionCompactedError,
  StoreFullError,
  StoreRefusedError,
  StoreUnavailableError,
  WriteOutcomeUnknownError,
} from '../errors.ts';

/** A response exceeds the size limit of the client. The caller can request a smaller page. */
export class EtcdResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';
}

/** The codes with which etcd rejects a request. A retry would fail too. */
const REFUSALS: ReadonlySet<number> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.PERMISSION_DENIED,
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
  status.UNAUTHENTICATED,
]);

/** Returns the error for a failed read or watch. Errors that do not come from gRPC are returned as they are. */
export function readFailure(url: string, error: unknown, revision = 0): Error {
  if (!isServiceError(error)) return error instanceof Error ? error : new Error(String(error));
  const message = `etcd at ${url}: ${oneLine(error.details)}`;
  if (error.code === status.OUT_OF_RANGE && error.details.includes('compacted'))
    return new RevisionCompactedError(revision, error);
  if (error.code === status.RESOURCE_EXHAUSTED && isClientLimit(error))
    return new EtcdResponseTooLargeError(message, { cause: error });
  if (REFUSALS.has(error.code)) return new StoreRefusedError(message, error);
  return new StoreUnavailableError(message, error);
}

/**
 * Returns the error for a write that was sent and not acknowledged. Only the errors that etcd reports before it proposes a write to its
 * members prove that the write was not applied. After any other error, the outcome is unknown.
 */
export function writeFailure(url: string, key: string, bytes: number, error: unknown): Error {
  if (!isServiceError(error)) return new WriteOutcomeUnknownError(key, error);
  const message = `etcd at ${url}: ${oneLine(error.details)}`;
  if (error.code === status.INVALID_ARGUMENT && error.details.includes('request is too large'))
    return new ObjectTooLargeError(key, bytes, undefined, error);
  if (REFUSALS.has(error.code)) return new StoreRefusedError(message, error);
  if (error.code === status.RESOURCE_EXHAUSTED) {
    if (error.details.startsWith('grpc: received message larger'))
      return new ObjectTooLargeError(key, bytes, undefined, error);
    if (error.details.includes('database space exceeded')) return new StoreFullError(message, error);
    if (error.details.includes('too many requests')) return new StoreUnavailableError(message, error);
  }
  return new WriteOutcomeUnknownError(key, new Error(message, { cause: error }));
}

/** Returns whether a retry on another member may succeed. */
export function isMemberFailure(error: unknown): boolean {
  return error instanceof StoreUnavailableError;
}

/** Returns whether an error is an error of gRPC. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/**
 * Returns whether the response exceeded the limit of this client. The server reports its own limits with the same code and another text.
 */
function isClientLimit({ details }: ServiceError): boolean {
  return details.startsWith('Received message larger than max');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/**
 * What etcd and gRPC say when a call fails, as our errors.
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

/** An answer is larger than we are willing to hold. A smaller page may do. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
}

const REFUSALS: ReadonlySet<number> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.PERMISSION_DENIED,
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
  status.UNAUTHENTICATED,
]);

/** The error for a read, or a watch, that failed. Errors that are ours already stay as they are. */
export function readFailure(url: string, error: unknown, revision = 0): Error {
  if (!isServiceError(error)) return error instanceof Error ? error : new Error(String(error));
  const words = `etcd at ${url}: ${oneLine(error.details)}`;
  if (error.code === status.OUT_OF_RANGE && error.details.includes('compacted'))
    return new RevisionCompactedError(revision, error);
  if (error.code === status.RESOURCE_EXHAUSTED && isOwnLimit(error))
    return new AnswerTooLargeError(words, { cause: error });
  if (REFUSALS.has(error.code)) return new StoreRefusedError(words, error);
  return new StoreUnavailableError(words, error);
}

/**
 * The error for a write that was sent and not acknowledged. Only what etcd says before it hands the write to the others means that it
 * was not made; everything else means that nobody knows.
 */
export function writeFailure(url: string, key: string, bytes: number, error: unknown): Error {
  if (!isServiceError(error)) return new WriteOutcomeUnknownError(key, error);
  const words = `etcd at ${url}: ${oneLine(error.details)}`;
  if (error.code === status.INVALID_ARGUMENT && error.details.includes('request is too large'))
    return new ObjectTooLargeError(key, bytes, undefined, error);
  if (REFUSALS.has(error.code)) return new StoreRefusedError(words, error);
  if (error.code === status.RESOURCE_EXHAUSTED) {
    if (error.details.startsWith('grpc: received message larger'))
      return new ObjectTooLargeError(key, bytes, undefined, error);
    if (error.details.includes('database space exceeded')) return new StoreFullError(words, error);
    if (error.details.includes('too many requests')) return new StoreUnavailableError(words, error);
  }
  return new WriteOutcomeUnknownError(key, new Error(words, { cause: error }));
}

/** Whether another member may do better. */
export function isMembersOwn(error: unknown): boolean {
  return error instanceof StoreUnavailableError;
}

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** Our side says it in these words, the server in others. */
function isOwnLimit({ details }: ServiceError): boolean {
  return details.startsWith('Received message larger than max');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/**
 * What clients are told when a store cannot do what they ask.
 * @module
 */
import { NotReadyError } from '../../projections/errors.ts';
import {
  ObjectTooLargeError,
  StoreFullError,
  StoreUnavailableError,
  WriteOutcomeUnknownError,
} from '../../stores/errors.ts';
import { notReady } from '../read/view-errors.ts';
import { maxBodyBytes } from '../wire/body.ts';
import { requestEntityTooLarge, serviceUnavailable, timeout } from '../wire/status.ts';

/** Turns the failure of a store into the answer to a write; anything else is thrown on, and answered 500 without its message. */
export function writeRefusal(error: unknown): unknown {
  if (error instanceof NotReadyError) return notReady(error);
  if (error instanceof ObjectTooLargeError) return requestEntityTooLarge(maxBodyBytes);
  if (error instanceof StoreUnavailableError || error instanceof StoreFullError)
    return serviceUnavailable(error.message, 1);
  // The client must look for itself: asking again could do it twice.
  return error instanceof WriteOutcomeUnknownError ? timeout(error.message) : error;
}

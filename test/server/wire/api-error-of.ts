import { ApiError } from '../../../src/server/wire/api-error.ts';

/** Returns the ApiError that an action throws. Any other outcome fails the test. */
export function apiErrorFrom(action: () => unknown): ApiError {
  try {
    action();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('expected an ApiError, nothing was thrown');
}

/** Returns the result of an action, or the ApiError that it throws. Any other error fails the test. */
export function resultOrApiError<T>(action: () => T): T | ApiError {
  try {
    return action();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

import { ApiError } from '../../../src/server/wire/api-error.ts';

/** The ApiError an action throws; any other outcome fails the test. */
export const apiErrorFrom = (action: () => unknown): ApiError => {
  try {
    action();
  } catch (error) {
    if (error instanceof ApiError) {
      return error;
    }
    throw error;
  }
  throw new Error('expected an ApiError, nothing was thrown');
};

/** The result of an action, or the ApiError it throws. Any other error passes through and fails the test. */
export const resultOrApiError = <T>(action: () => T): T | ApiError => {
  try {
    return action();
  } catch (error) {
    if (error instanceof ApiError) {
      return error;
    }
    throw error;
  }
};

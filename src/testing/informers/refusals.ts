/**
 * The errors that an API server answers with, as far as lists and watches know them (api-semantics 1.2, 1.3, 2.2).
 * @module
 */
import { ApiError } from '../../informers/errors.ts';

export function notFound(): ApiError {
  return new ApiError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
  });
}

export function notWatchable(): ApiError {
  return new ApiError({ code: 405, reason: 'MethodNotAllowed', message: 'watch is not supported' });
}

export function expiredContinue(): ApiError {
  return new ApiError({ code: 410, reason: 'Expired', message: 'The provided continue parameter is too old' });
}

export function noWatchList(): ApiError {
  return new ApiError({ code: 422, reason: 'Invalid', message: 'sendInitialEvents is forbidden for watch' });
}

export function tooLargeVersion(version: string, current: number): ApiError {
  return new ApiError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${version}, current: ${current}`,
    details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
  });
}

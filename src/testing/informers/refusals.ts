/**
 * The errors that an API server answers with, as far as lists and watches know them (api-semantics 1.2, 1.3, 2.2).
 * @module
 */
import { UpstreamApiError } from '../../informers/errors.ts';

export function notFound(): UpstreamApiError {
  return new UpstreamApiError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
  });
}

export function notWatchable(): UpstreamApiError {
  return new UpstreamApiError({ code: 405, reason: 'MethodNotAllowed', message: 'watch is not supported' });
}

export function expiredContinue(): UpstreamApiError {
  return new UpstreamApiError({ code: 410, reason: 'Expired', message: 'The provided continue parameter is too old' });
}

export function noWatchList(): UpstreamApiError {
  return new UpstreamApiError({ code: 422, reason: 'Invalid', message: 'sendInitialEvents is forbidden for watch' });
}

export function tooLargeVersion(version: string, current: number): UpstreamApiError {
  return new UpstreamApiError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${version}, current: ${current}`,
    details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
  });
}

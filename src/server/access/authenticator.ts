/**
 * Authenticators: functions that find the user of a request. A server tries several in order.
 *
 * ```
 *   front proxy ──► client certificate ──► bearer token ──► there were credentials, and none was accepted: 401
 *        │                  │                   │      └──► there were no credentials: anonymous, or 401
 *        └──────────────────┴───────────────────┴─────────► the user of the first that accepts
 * ```
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { afterwards } from '../../step.ts';
import { DEVELOPMENT_USER, type User } from '../define/request-context.ts';

/** The result of an authenticator. */
export type Authentication =
  | { readonly type: 'user'; readonly user: User }
  /** The request has no credential that this authenticator reads. */
  | { readonly type: 'none' }
  /** A credential was not accepted. The reason is for the log, and contains no credential. */
  | { readonly type: 'refused'; readonly reason: string };

/**
 * Finds the user of a request. It reads the credentials before it returns, so that they can be removed from the request while it waits.
 * @throws TooManyReviewsError
 */
export type Authenticator = (request: IncomingMessage) => Authentication | Promise<Authentication>;

/** The result for a request without a credential. */
export const NO_CREDENTIAL: Authentication = { type: 'none' };

/** Returns an authenticator that accepts what the first of these accepts. It refuses a request if one refuses it and none accepts it. */
export function firstOf(...authenticators: readonly Authenticator[]): Authenticator {
  return (request) => tryFrom(authenticators, request, []);
}

/** Returns no promise unless an authenticator waits. @param reasons of the authenticators that have refused the request */
function tryFrom(
  [authenticate, ...others]: readonly Authenticator[],
  request: IncomingMessage,
  reasons: readonly string[],
): Authentication | Promise<Authentication> {
  if (authenticate === undefined) {
    return reasons.length === 0 ? NO_CREDENTIAL : { type: 'refused', reason: reasons.join('; ') };
  }
  // The next authenticator reads the request before its credentials are removed, unless this one waits.
  return afterwards(authenticate(request), (result) => {
    if (result.type === 'user') return result;
    return tryFrom(others, request, result.type === 'refused' ? [...reasons, result.reason] : reasons);
  });
}

/** Authenticates every request as {@link DEVELOPMENT_USER}. */
export function developmentAuthenticator(): Authentication {
  return { type: 'user', user: DEVELOPMENT_USER };
}

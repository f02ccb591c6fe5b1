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
  return async (request) => {
    const reasons: string[] = [];
    for (const authenticate of authenticators) {
      const started = authenticate(request);
      // Without `await`, the next authenticator reads the request before its credentials are removed.
      const result = started instanceof Promise ? await started : started;
      if (result.type === 'user') return result;
      if (result.type === 'refused') reasons.push(result.reason);
    }
    return reasons.length === 0 ? NO_CREDENTIAL : { type: 'refused', reason: reasons.join('; ') };
  };
}

/** Authenticates every request as {@link DEVELOPMENT_USER}. */
export function developmentAuthenticator(): Authentication {
  return { type: 'user', user: DEVELOPMENT_USER };
}

/**
 * Authentication by bearer tokens, which the cluster reviews (TokenReview, conformance 7.3). Results are kept for ten seconds. Tokens are
 * kept nowhere: the key of a result is a digest that only this process can compute. Log lines and errors contain no token.
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { User } from '../define/request-context.ts';
import type { Logger } from '../logger.ts';
import { type Authentication, type Authenticator, NO_CREDENTIAL } from './authenticator.ts';
import { tokensOf } from './credentials.ts';
import { type CacheObserver, ReviewCache } from './review-cache.ts';
import { ReviewError, type Reviewer, type ReviewKind } from './reviewer.ts';
import { authenticated } from './users.ts';

/** The time for which a result is kept, in milliseconds, also that of a token that is not valid. */
export const TOKEN_TTL_MS = 10_000;
/** The minimum time between two lines in the log about failing reviews, in milliseconds. */
const LOG_INTERVAL_MS = 60_000;
const TOKEN_REVIEW: ReviewKind = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'tokenreviews',
  kind: 'TokenReview',
};

/** The parts of a server that tokens concern. */
export interface TokenContext {
  readonly reviewer: Pick<Reviewer, 'review'>;
  /** The audiences of which a token must have one. Empty for tokens of the kube-apiserver. */
  readonly audiences: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly onCache?: CacheObserver | undefined;
}

/** Returns the authenticator of requests with bearer tokens. */
export function tokenAuthenticator(context: TokenContext): Authenticator {
  const tokens = new Tokens(context);
  return (request) => {
    const credentials = tokensOf(request);
    if (credentials.length === 0) return NO_CREDENTIAL;
    return (async (): Promise<Authentication> => {
      const reasons: string[] = [];
      for (const credential of credentials) {
        const result = credential.type === 'token' ? await tokens.authenticate(credential.token) : credential.reason;
        if (typeof result !== 'string') return { type: 'user', user: result };
        reasons.push(result);
      }
      return { type: 'refused', reason: reasons.join('; ') };
    })();
  };
}

class Tokens {
  readonly #context: TokenContext;
  readonly #key = randomBytes(32);
  /** Null for a token that is not valid. */
  readonly #users: ReviewCache<User | null>;
  /** The time of the last line about a failing review; undefined if reviews work. */
  #loggedAt: number | undefined;

  constructor(context: TokenContext) {
    this.#context = context;
    this.#users = new ReviewCache({ clock: context.clock, ttl: () => TOKEN_TTL_MS });
    context.onCache?.(TOKEN_REVIEW.kind, this.#users);
  }

  /** Returns the user of a token, or the reason why it is not accepted. @throws TooManyReviewsError */
  async authenticate(token: string): Promise<User | string> {
    const key = createHmac('sha256', this.#key).update(token).digest('base64');
    try {
      return (await this.#users.get(key, () => this.#review(token))) ?? 'the bearer token is not valid';
    } catch (error) {
      if (!(error instanceof ReviewError)) throw error;
      return 'the bearer token could not be reviewed';
    }
  }

  async #review(token: string): Promise<User | null> {
    const { reviewer, audiences, log } = this.#context;
    const spec = audiences.length === 0 ? { token } : { token, audiences };
    try {
      const user = userOf(await reviewer.review(TOKEN_REVIEW, spec), audiences);
      if (this.#loggedAt !== undefined) log.info('bearer tokens can be reviewed again');
      this.#loggedAt = undefined;
      return user ?? null;
    } catch (error) {
      this.#failed(error, token);
      throw error;
    }
  }

  /** Logs the messages of an error, without its details: they could contain the request, and so the token. */
  #failed(error: unknown, token: string): void {
    const { clock, log } = this.#context;
    const now = clock.now();
    if (this.#loggedAt !== undefined && now - this.#loggedAt < LOG_INTERVAL_MS) return;
    this.#loggedAt = now;
    const messages: string[] = [];
    for (let cause = error; cause instanceof Error && messages.length < 5; { cause } = cause) {
      messages.push(cause.message.replaceAll(token, '(the token)'));
    }
    log.warn(`bearer tokens cannot be reviewed, so clients receive 401: ${messages.join(': ')}`);
  }
}

/**
 * Returns the user in the status of a TokenReview, or undefined if the token is not valid.
 * @throws ReviewError if the status is malformed
 */
function userOf(
  { authenticated: isAuthenticated = false, user, audiences }: Readonly<Record<string, unknown>>,
  wanted: readonly string[],
): User | undefined {
  if (isAuthenticated === false) return undefined;
  const { username, uid, groups = [], extra = {} } = (user ?? {}) as Readonly<Record<string, unknown>>;
  const isComplete =
    isAuthenticated === true &&
    typeof username === 'string' &&
    username !== '' &&
    (uid === undefined || typeof uid === 'string') &&
    isStrings(groups) &&
    isExtra(extra) &&
    (audiences === undefined || isStrings(audiences));
  if (!isComplete) throw new ReviewError('the status of the TokenReview is malformed');
  // A cluster without support for audiences returns none: the token is then valid for the kube-apiserver only.
  if (wanted.length > 0 && !wanted.some((audience) => audiences?.includes(audience) === true)) return undefined;
  return authenticated({ name: username, uid: uid === '' ? undefined : uid, groups, extra });
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isExtra(value: unknown): value is Readonly<Record<string, readonly string[]>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isStrings);
}

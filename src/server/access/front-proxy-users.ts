/**
 * The users that the front proxy names. A front proxy sends the same users again and again, so a user is made once for each text of its identity
 * headers. Requests of one user share the object, so that results about it can be kept with it.
 * @module
 */
import { LRUCache } from 'lru-cache';
import type { User } from '../define/request-context.ts';
import { type IdentityHeaders, identityHeadersOf } from './identity-headers.ts';
import { type ProxyCertificate, requestHeaderUser, type RequestHeaderConfig } from './request-header.ts';
import { sharedUser } from './users.ts';

/** The maximum number of users that are kept. */
const MAX_USERS = 2000;
/** The maximum length of the identity headers of a user that is kept. */
const MAX_TEXT = 2000;

/** The users of one configuration of a front proxy. */
export class FrontProxyUsers {
  readonly #config: RequestHeaderConfig;
  readonly #headers: IdentityHeaders;
  readonly #users = new LRUCache<string, User>({ max: MAX_USERS });
  /** The number of users that were made. */
  made = 0;

  constructor(config: RequestHeaderConfig) {
    this.#config = config;
    this.#headers = identityHeadersOf(config);
  }

  /** Returns the user like {@link requestHeaderUser}, with an object that requests share. It is frozen. */
  of(certificate: ProxyCertificate, rawHeaders: readonly string[]): User | undefined {
    // Only the headers decide about a kept user, so the certificate is checked each time.
    const isProxy = certificate.verified && isAllowed(this.#config, certificate);
    const text = isProxy ? this.#textOf(rawHeaders) : '';
    const known = text === '' ? undefined : this.#users.get(text);
    if (known !== undefined) return known;
    const user = requestHeaderUser(this.#config, certificate, rawHeaders);
    if (user === undefined) return undefined;
    this.made += 1;
    const shared = sharedUser(user);
    if (text !== '' && text.length <= MAX_TEXT) this.#users.set(text, shared);
    return shared;
  }

  /** Returns all identity headers in their order. Names and values cannot contain a line feed. */
  #textOf(rawHeaders: readonly string[]): string {
    let text = '';
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] ?? '';
      if (this.#headers.has(name)) text += `${name}\n${rawHeaders[index + 1]}\n`;
    }
    return text;
  }
}

function isAllowed({ allowedNames }: RequestHeaderConfig, { commonName }: ProxyCertificate): boolean {
  return allowedNames.length === 0 || (commonName !== undefined && allowedNames.includes(commonName));
}

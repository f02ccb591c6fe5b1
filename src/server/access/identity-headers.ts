/**
 * The names of the headers that carry an identity, for one configuration of the front proxy. Clients send the same few names again and again, so
 * each spelling of a name is examined once.
 * @module
 */
import { isIdentityHeader, type RequestHeaderConfig } from './request-header.ts';

/** The maximum number of names that are kept. Clients choose them. */
const MAX_NAMES = 1000;
/** The maximum length of a name that is kept. */
const MAX_NAME = 100;

/** Distinguishes identity headers from others. */
export class IdentityHeaders {
  readonly #config: RequestHeaderConfig | undefined;
  readonly #known = new Map<string, boolean>();

  constructor(config: RequestHeaderConfig | undefined) {
    this.#config = config;
  }

  /** Whether a header carries an identity. @param name in upper or lower case */
  has(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const isIdentity = isIdentityHeader(this.#config, name.toLowerCase());
    if (this.#known.size < MAX_NAMES && name.length <= MAX_NAME) this.#known.set(name, isIdentity);
    return isIdentity;
  }
}

const withoutConfig = new IdentityHeaders(undefined);
const byConfig = new WeakMap<RequestHeaderConfig, IdentityHeaders>();

/** Returns the identity headers of a configuration, which must not change. */
export function identityHeadersOf(config: RequestHeaderConfig | undefined): IdentityHeaders {
  if (config === undefined) return withoutConfig;
  let headers = byConfig.get(config);
  if (headers === undefined) {
    headers = new IdentityHeaders(config);
    byConfig.set(config, headers);
  }
  return headers;
}

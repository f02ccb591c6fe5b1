/**
 * The headers of one request: those of the credentials, those that the caller adds, and those that describe the body.
 * @module
 */
import { type Headers, refuseSecondUser } from './impersonation.ts';

/** The parts of a request that its headers depend on. */
export interface HeaderParts {
  /** The headers of the credentials. */
  readonly own: Headers;
  /** Further headers of the request. */
  readonly added: Headers | undefined;
  readonly userAgent: string;
  /** The type of the body, undefined without a body. */
  readonly contentType: string | undefined;
}

/**
 * Returns the headers of a request, and the option that excludes HTTP/2 if one of them may have several values. Over HTTP/2, undici
 * would join the values to one value, which has another meaning.
 * @throws ImpersonationError if the credentials and the request both impersonate a user
 */
export function requestHeaders({ own, added = {}, userAgent, contentType }: HeaderParts): {
  readonly headers: Record<string, string | string[]>;
  readonly allowH2?: false;
} {
  refuseSecondUser(own, added);
  const several = Object.values(own).some((value) => typeof value !== 'string' && value.length > 1);
  return {
    // The agents of undici support this option, but its types do not contain it.
    ...((several || Object.keys(added).length > 0) && { allowH2: false }),
    headers: {
      ...mutable(own),
      ...mutable(added),
      accept: 'application/json',
      'user-agent': userAgent,
      ...(contentType !== undefined && { 'content-type': contentType }),
    },
  };
}

function mutable(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}

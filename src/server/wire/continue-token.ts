/**
 * Continue tokens of lists (conformance 1.4). A token is opaque to clients, is the same from every replica, and contains no secret.
 * @module
 */
import { badRequest, type ApiError } from './status.ts';

const tokenVersion = 'meta.k8s.io/v1';

/** The content of a continue token. */
export interface ContinueToken {
  /** The version of the list. -1n means that the next page reads the current state. Never 0n. */
  readonly resourceVersion: bigint;
  /**
   * The page begins at the first key that is not less than this one. A key is relative to the collection of the request: `ns/name`, or
   * `name` in one namespace or at cluster scope. The value comes from the client, so it must never lead out of that collection.
   */
  readonly start: string;
  /** The id of the namespaces whose rows the list shows; missing if it shows all rows. */
  readonly set?: string | undefined;
}

/** Returns the text of a token: a small JSON document as base64url, without padding. */
export function encodeContinueToken({ resourceVersion, start, set }: ContinueToken): string {
  // JSON.stringify cannot write the 64 bits of a position.
  const of = set === undefined ? '' : `,"set":${JSON.stringify(set)}`;
  const json = `{"v":"${tokenVersion}","rv":${resourceVersion},"start":${JSON.stringify(start)}${of}}`;
  return Buffer.from(json).toString('base64url');
}

/** Returns the token for the page after a page whose last key is `lastKey`. */
export function continueAfter(resourceVersion: bigint, lastKey: string, set?: string): string {
  return encodeContinueToken({ resourceVersion, start: `${lastKey}\0`, set });
}

function notValid(why: string, cause?: unknown): ApiError {
  return badRequest(
    `invalid continue token: continue key is not valid: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}

interface Fields {
  readonly v?: unknown;
  readonly rv?: unknown;
  readonly start?: unknown;
  readonly set?: unknown;
}

/** Replaces a number by a bigint of the same digits, because a double would round a large version. */
function exactInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number'
    ? /^-?[0-9]+$/.test(context?.source ?? '')
      ? BigInt(context?.source ?? '')
      : Number.NaN
    : value;
}

function fieldsOf(text: string): Fields {
  // Buffer ignores invalid characters; Go rejects them.
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) throw notValid('illegal base64 data');
  try {
    const json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64url'));
    const fields: unknown = JSON.parse(json, exactInteger);
    if (typeof fields === 'object' && fields !== null) return fields;
  } catch (error) {
    throw notValid('the server did not issue this token', error);
  }
  throw notValid('the server did not issue this token');
}

/**
 * Parses a token.
 * @throws ApiError 400 (conformance 1.3) for a token that no server of this kind issued, and for a key with `..`
 */
export function decodeContinueToken(text: string): ContinueToken {
  const { v, rv = 0n, start = '', set } = fieldsOf(text);
  if (v !== tokenVersion) {
    throw notValid(`server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`);
  }
  if (typeof rv !== 'bigint' || rv > 2n ** 63n - 1n || rv < -(2n ** 63n) || typeof start !== 'string') {
    throw notValid('the server did not issue this token');
  }
  if (rv === 0n) throw notValid(`incorrect encoded start resourceVersion (version ${tokenVersion})`);
  if (start === '') throw notValid(`encoded start key empty (version ${tokenVersion})`);
  const key = start.startsWith('/') ? start.slice(1) : start;
  if (key !== '' && key.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw notValid(start);
  }
  if (set !== undefined && typeof set !== 'string') throw notValid('the server did not issue this token');
  return { resourceVersion: rv < 0n ? -1n : rv, start: key, ...(set !== undefined && { set }) };
}

/**
 * Names of rows: the rule for a name that the server can serve, and names made from any text.
 * @module
 */
import { createHash } from 'node:crypto';

/** The maximum length of a name in Kubernetes. */
const MAXIMUM_LENGTH = 253;

/** Maximum lengths that keep a {@link safeName} within 63 characters, so that it is also a valid label value. */
const SLUG_LENGTH = 49;
const HASH_LENGTH = 12;

/** Base 32 in lower case, without letters and digits that look alike (Crockford). */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The form of every {@link safeName}. */
const SAFE_NAME = new RegExp(`--[${ALPHABET}]{${HASH_LENGTH}}$`);

/** Names that need no escaping in a URL or a shell. `Running` and `system:node` are such names. */
const PLAIN_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.:]*[A-Za-z0-9])?$/;

/**
 * Makes a valid name from any texts: a readable part and a hash. The result is a DNS-1123 label (lower case letters, digits and `-`, at
 * most 63 characters), and so a valid name for every kind and a valid label value. The same parts always give the same name, and
 * different parts give different names: `safeName('a', 'b')` differs from `safeName('a-b')`.
 * @example
 * safeName('ghcr.io/shop/web:1.25') // 'ghcr-io-shop-web-1-25--…' with 12 characters of hash
 */
export function safeName(...parts: readonly string[]): string {
  const slug = parts
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_LENGTH)
    .replace(/^-+|-+$/g, '');
  return `${slug === '' ? 'x' : slug}--${hashOf(parts)}`;
}

/**
 * Returns the text itself if it can be a name as it is, and its {@link safeName} otherwise. Different texts give different names: a text
 * that looks like a safeName is not kept, but gets its own safeName.
 */
export function nameOf(text: string): string {
  const isPlain = text.length <= MAXIMUM_LENGTH && PLAIN_NAME.test(text) && !SAFE_NAME.test(text);
  return isPlain ? text : safeName(text);
}

/**
 * Returns why the server cannot serve an object of this name, or undefined if it can. The rule is that of kube-apiserver for a segment
 * of a path (apimachinery: `path.IsValidPathSegmentName`).
 */
export function nameProblem(name: string): string | undefined {
  if (name === '.' || name === '..') return `a name may not be '${name}'`;
  const character = ['/', '%'].find((each) => name.includes(each));
  return character === undefined ? undefined : `a name may not contain '${character}'`;
}

/** 60 bits of the SHA-256 of the parts. JSON keeps the borders between parts. */
function hashOf(parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  return Array.from(digest.subarray(0, HASH_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/**
 * Names of rows: the rule for a name that the server can serve, and names made from any text.
 * @module
 */
import { createHash } from 'node:crypto';
import { pathSegmentProblems } from '../path-segment.ts';

/** The maximum length of a name in Kubernetes. */
const MAXIMUM_LENGTH = 253;

/**
 * The lengths of the two parts of a {@link safeName}. With `--` between them it has at most 63 characters, so it is a valid label value.
 */
const SLUG_LENGTH = 49;
const HASH_LENGTH = 12;

/** Base 32 in lower case, without letters and digits that look alike (Crockford). */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The form of every {@link safeName}. */
const SAFE_NAME = new RegExp(`--[${ALPHABET}]{${HASH_LENGTH}}$`);

/** Names that need no escaping in a URL or a shell. `Running` and `system:node` are such names. */
const PLAIN_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.:]*[A-Za-z0-9])?$/;

/**
 * Returns a valid name for any texts: a readable part and a hash. The result is a DNS-1123 label (lower case letters, digits and `-`, at
 * most 63 characters), and so a valid name for every kind and a valid label value. The same parts always lead to the same
 * name, and different parts to different names: `safeName('a', 'b')` differs from `safeName('a-b')`.
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
 * Returns the text itself if it is a plain name; otherwise its {@link safeName}. Different texts lead to different names: a text that looks
 * like a safeName is replaced by its own safeName.
 */
export function nameOf(text: string): string {
  const isPlain = text.length <= MAXIMUM_LENGTH && PLAIN_NAME.test(text) && !SAFE_NAME.test(text);
  return isPlain ? text : safeName(text);
}

/** Returns why the server cannot serve an object with this name; undefined if it can. */
export function nameProblem(name: string): string | undefined {
  const [problem] = pathSegmentProblems(name);
  return problem === undefined ? undefined : `a name ${problem}`;
}

/** Returns 60 bits of the SHA-256 of the parts. They are joined as JSON, so that `('a', 'b')` and `('ab')` differ. */
function hashOf(parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  return Array.from(digest.subarray(0, HASH_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

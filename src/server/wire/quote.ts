/**
 * Quoted texts as Go's `%q` prints them, which is how Kubernetes messages show names and values.
 * @module
 */
/** Go's short escapes. All other control characters are written as `\x..`. */
const shortEscapes: Readonly<Record<string, string>> = {
  '"': String.raw`\"`,
  '\\': String.raw`\\`,
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
};

// Quotes, the backslash, control characters, and all other characters that Go escapes (separators, formats, unassigned, half surrogates).
const escaped = /["\\\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function escapeOf(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xff_ff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * Quotes a text like Go's `%q`.
 * @example quoted('a"b') // "a\"b"
 */
export function quoted(text: string): string {
  return `"${shortened(text).replaceAll(escaped, escapeOf)}"`;
}

/** The maximum number of characters of a text of the client that a message repeats. */
const MAX_ECHO = 1024;

/** Returns a text of the client for a message. A long text is cut, so that a response cannot be many times larger than its request. */
export function shortened(text: string): string {
  return text.length > MAX_ECHO ? `${text.slice(0, MAX_ECHO)} ...` : text;
}

/**
 * Entity tags: the `If-None-Match` of a request (RFC 9110, 8.8.3 and 13.1.2).
 * @module
 */

const ENTITY_TAG = /(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/y;
const SEPARATOR = /[ \t]*(?:,[ \t]*)+/y;

/**
 * Returns whether an `If-None-Match` contains a tag, by the weak comparison: `W/"a"` and `"a"` are equal. `*` contains every tag. A value that
 * is not a list of tags contains none.
 * @param tag with its quotation marks, weak or strong
 */
export function containsTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const text = header.trim();
  if (text === '*') return true;
  let [at, isFound] = [0, false];
  const wanted = opaquePart(tag);
  while (at < text.length) {
    ENTITY_TAG.lastIndex = at;
    const found = ENTITY_TAG.exec(text);
    if (found === null) return false;
    if (found[1] === wanted) isFound = true;
    at = ENTITY_TAG.lastIndex;
    if (at === text.length) break;
    SEPARATOR.lastIndex = at;
    if (!SEPARATOR.test(text)) return false;
    at = SEPARATOR.lastIndex;
  }
  return isFound;
}

function opaquePart(tag: string): string | undefined {
  ENTITY_TAG.lastIndex = 0;
  return ENTITY_TAG.exec(tag)?.[1];
}

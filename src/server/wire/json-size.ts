/**
 * The size of a JSON text, counted without parsing it.
 * @module
 */
import type { Limits } from './limits.ts';
import { badRequest, tooManyValues } from './status.ts';

/** The number of members of an object, or items of an array, that count once. */
const FIRST = 1000;
/** The weight of each later one. A key of a large object costs several times as much as a field of a small one (measured). */
export const LATER_WEIGHT = 3;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Checks the depth and the number of values of a JSON text in one pass. The text may be invalid.
 * @throws ApiError 400 if it is too deep, because it would overflow the stack of recursive code
 * @throws ApiError 413 if it has more than twice the values
 */
export function requireJsonSize(
  text: string,
  { bodyDepth, bodyValues }: Pick<Limits, 'bodyDepth' | 'bodyValues'>,
): void {
  let [depth, values, isText] = [0, 0, false];
  /** The number of members before the current one, by depth. */
  const members: number[] = [0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isText) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) isText = false;
      continue;
    }
    switch (code) {
      case QUOTE:
        isText = true;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth += 1;
        values += 1;
        members[depth] = 1;
        if (depth > bodyDepth) throw nestedTooDeeply(bodyDepth);
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth = Math.max(0, depth - 1);
        break;
      case COMMA: {
        const before = members[depth] ?? 0;
        members[depth] = before + 1;
        values += before < FIRST ? 1 : LATER_WEIGHT;
        break;
      }
      default:
    }
    // One half for metadata.managedFields, which the text does not show. The exact check follows when the text is parsed.
    if (values > 2 * bodyValues) throw tooManyValues(bodyValues);
  }
}

/** Returns the number of values for which an object or an array of this length counts. */
export function weightOf(length: number): number {
  return length <= FIRST ? length : FIRST + (length - FIRST) * LATER_WEIGHT;
}

/** Returns the 400 for a body that is nested too deeply. */
export function nestedTooDeeply(limit: number): Error {
  return badRequest(`the body of the request is nested more than ${limit} levels deep`);
}

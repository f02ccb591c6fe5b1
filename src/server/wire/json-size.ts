/**
 * The size of a JSON text, counted without parsing it.
 * @module
 */
import type { Limits } from './limits.ts';
import { badRequest, tooManyValues } from './status.ts';

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Checks the depth and the number of values of a JSON text in one pass. The text may be invalid.
 * @throws ApiError 400 if it is too deep, because it would overflow the stack of recursive code
 * @throws ApiError 413 if it has too many values
 */
export function requireJsonSize(
  text: string,
  { bodyDepth, bodyValues }: Pick<Limits, 'bodyDepth' | 'bodyValues'>,
): void {
  let [depth, values, isText] = [0, 0, false];
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
        if (depth > bodyDepth) throw nestedTooDeeply(bodyDepth);
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
      case COMMA:
        values += 1;
        break;
      default:
    }
    if (values > bodyValues) throw tooManyValues(bodyValues);
  }
}

/** Returns the 400 for a body that is nested too deeply. */
export function nestedTooDeeply(limit: number): Error {
  return badRequest(`the body of the request is nested more than ${limit} levels deep`);
}

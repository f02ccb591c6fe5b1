/**
 * Regular expressions of schemas.
 * @module
 */
import { RE2JS } from 're2js';
import { errorMessage } from '../../../error-message.ts';

/** A regular expression whose time is proportional to the text, for every expression. */
export interface TextPattern {
  /** The original text. */
  readonly source: string;
  /** Returns whether the pattern matches somewhere in the text. */
  readonly matches: (text: string) => boolean;
}

/**
 * Compiles a pattern in the syntax of RE2, which is Go's. It has no lookaround and no back references, so no text causes backtracking.
 * @throws SyntaxError with Go's message
 */
export function textPattern(source: string): TextPattern {
  try {
    const compiled = RE2JS.compile(source);
    return { source, matches: (text) => compiled.test(text) };
  } catch (error) {
    throw new SyntaxError(errorMessage(error), { cause: error });
  }
}

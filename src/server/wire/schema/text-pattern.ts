import { RE2JS } from 're2js';

/** A regular expression that takes time in proportion to the text, whatever the expression. */
export interface TextPattern {
  /** As it was written. */
  readonly source: string;
  /** Whether it is found in the text. */
  readonly matches: (text: string) => boolean;
}

/**
 * Compiles a pattern in the syntax of RE2, which is Go's: no lookaround, no back references, so that no text makes it backtrack.
 * Throws a SyntaxError that says what Go says.
 */
export function textPattern(source: string): TextPattern {
  try {
    const compiled = RE2JS.compile(source);
    return { source, matches: (text) => compiled.test(text) };
  } catch (error) {
    throw new SyntaxError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/**
 * Control characters in texts for logs and terminals. A name or a message from a cluster may contain them.
 * @module
 */

/** Control characters, the separators of lines of Unicode, and characters that change the direction of a text. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
/** The same, without the end of a line. */
const CONTROLS_IN_LINES = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Returns a text with its control characters escaped as in JSON.
 * @param options `keepLines`: the ends of lines stay. @default false
 */
export function withoutControls(text: string, { keepLines = false }: { readonly keepLines?: boolean } = {}): string {
  return text.replace(keepLines ? CONTROLS_IN_LINES : CONTROLS, escaped);
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

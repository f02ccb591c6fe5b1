/** A token of a label selector. `in` and `notin` are operators or words, by where they stand. */
export type LabelToken =
  | { readonly type: 'word'; readonly text: string }
  | { readonly type: 'symbol'; readonly text: '=' | '==' | '!=' | '!' | '(' | ')' | ',' | '<' | '>' }
  | { readonly type: 'end'; readonly text: '' };

const isSymbol = (text: string): text is Extract<LabelToken, { type: 'symbol' }>['text'] =>
  /^(?:==?|!=?|[(),<>])$/.test(text);

/**
 * Splits a label selector into tokens. The last one, and only that, is `end`. Nothing is refused here: whatever is no symbol or white
 * space is part of a word, which the parser then checks as a key or value.
 */
export const labelTokens = (text: string): readonly LabelToken[] => [
  ...(text.match(/==?|!=?|[(),<>]|[^ \t\r\n=!(),<>]+/g) ?? []).map((part): LabelToken =>
    isSymbol(part) ? { type: 'symbol', text: part } : { type: 'word', text: part },
  ),
  { type: 'end', text: '' },
];

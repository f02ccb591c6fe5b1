/**
 * Deltas as text: `+shop/web:n1 | ~shop/web:n2 -shop/db | -shop/web`.
 *
 * A token is a sign (`+` added, `~` modified, `-` deleted), a key, and after a colon a text for the object. The tokens between two bars are
 * one batch. `!gone`, `!relist`, `!bookmark` and `!silent` are incidents of a source.
 * @module
 */
/** One token: a change of one object. */
export interface Marble {
  readonly sign: '+' | '~' | '-';
  readonly key: string;
  /** The text after the colon; empty if the token has no colon. */
  readonly text: string;
}

/** An incident of a source. */
export type SourceIncident = 'gone' | 'relist' | 'bookmark' | 'silent';

/** One batch: marbles, or an incident. */
export type MarbleTick = readonly Marble[] | SourceIncident;

/** A text does not have the syntax of marbles. */
export class MarbleError extends SyntaxError {
  override readonly name = 'MarbleError';
  constructor(token: string, position: number) {
    super(
      `"${token}" at ${position} is not a marble: write +KEY:TEXT, ~KEY:TEXT, -KEY, a bar between batches, or !gone, !relist, !bookmark, !silent`,
    );
  }
}

const INCIDENTS: ReadonlySet<string> = new Set<SourceIncident>(['gone', 'relist', 'bookmark', 'silent']);

/** Parses a text. @throws MarbleError with the first token that is not a marble, and its position */
export function parseMarbles(text: string): MarbleTick[] {
  const ticks: MarbleTick[] = [];
  let marbles: Marble[] = [];
  const end = (): void => {
    if (marbles.length > 0) ticks.push(marbles);
    marbles = [];
  };
  for (const { 0: token, index } of text.matchAll(/\S+/g)) {
    const [, sign, key = '', label = ''] = /^([+~-])([^:\s]+)(?::(\S*))?$/.exec(token) ?? [];
    if (token === '|') end();
    else if (sign === '+' || sign === '~' || sign === '-') marbles.push({ sign, key, text: label });
    else if (token.startsWith('!') && INCIDENTS.has(token.slice(1)) && marbles.length === 0) {
      ticks.push(token.slice(1) as SourceIncident);
    } else throw new MarbleError(token, index);
  }
  end();
  return ticks;
}

/**
 * Deltas as text: `+shop/web:n1 | ~shop/web:n2 -shop/db | -shop/web`.
 *
 * A token is a sign, a key, and after a colon what to say of the object: `+` added, `~` modified, `-` deleted. Tokens between two bars
 * are one batch. `!gone`, `!relist`, `!bookmark` and `!silent` stand for what happens to a source.
 * @module
 */
/** One token. */
export interface Marble {
  readonly sign: '+' | '~' | '-';
  readonly key: string;
  /** What stood after the colon; empty where there was none. */
  readonly text: string;
}

/** What happens to a source beside writes. */
export type SourceIncident = 'gone' | 'relist' | 'bookmark' | 'silent';

/** One batch: marbles, or an incident. */
export type MarbleTick = readonly Marble[] | SourceIncident;

/** A text that is no marbles. */
export class MarbleError extends SyntaxError {
  override readonly name = 'MarbleError';
  constructor(token: string, position: number) {
    super(
      `"${token}" at ${position} is no marble: write +KEY:TEXT, ~KEY:TEXT, -KEY, a bar between batches, or !gone, !relist, !bookmark, !silent`,
    );
  }
}

const INCIDENTS: ReadonlySet<string> = new Set<SourceIncident>(['gone', 'relist', 'bookmark', 'silent']);

/** @throws MarbleError naming the first token that is none, and where it stands */
export function parseMarbles(text: string): MarbleTick[] {
  const ticks: MarbleTick[] = [];
  let marbles: Marble[] = [];
  const end = (): void => {
    if (marbles.length > 0) ticks.push(marbles);
    marbles = [];
  };
  for (const { 0: token, index } of text.matchAll(/\S+/g)) {
    const [, sign, key = '', said = ''] = /^([+~-])([^:\s]+)(?::(\S*))?$/.exec(token) ?? [];
    if (token === '|') end();
    else if (sign === '+' || sign === '~' || sign === '-') marbles.push({ sign, key, text: said });
    else if (token.startsWith('!') && INCIDENTS.has(token.slice(1)) && marbles.length === 0) {
      ticks.push(token.slice(1) as SourceIncident);
    } else throw new MarbleError(token, index);
  }
  end();
  return ticks;
}

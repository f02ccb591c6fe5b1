/**
 * The syntax of shard selectors, and the rules for the arguments of `shardRange` (apiserver's pkg/sharding/parser.go).
 * @module
 */
import { quoted } from './quote.ts';

/** The reason why a text is no shard selector. The message is upstream's, where upstream has one that does not come from CEL. */
export class ShardSyntaxError extends Error {}

/** A call `shardRange(FIELD, FROM, TO)`. The bounds are the hex texts of the client. */
export interface ShardRangeCall {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

interface Token {
  readonly kind: 'name' | 'string' | 'sign' | 'end';
  readonly text: string;
}

const FIELDS: ReadonlySet<string> = new Set(['object.metadata.uid', 'object.metadata.namespace']);
/** 2^64, the only bound of 17 digits. */
const END = '0x10000000000000000';
/** White space and comments of CEL. */
const BLANK = /(?:[\t\n\f\r ]|\/\/[^\n]*)*/y;
const TOKEN =
  /(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<string>'[^'"\\\n\r]*'|"[^'"\\\n\r]*")|(?<sign>\|\||[().,])|(?<other>[^])/uy;

/**
 * Returns the calls of a selector, in order. Parentheses around calls do not change the meaning, so they only have to be balanced.
 * @throws ShardSyntaxError
 */
export function shardRangeCalls(text: string): readonly [ShardRangeCall, ...ShardRangeCall[]] {
  const trimmed = text.trim();
  if (trimmed === '') {
    throw new ShardSyntaxError('empty shard selector is not allowed; omit the parameter for unfiltered lists');
  }
  const tokens = tokensOf(trimmed);
  const calls: ShardRangeCall[] = [];
  let depth = 0;
  for (;;) {
    while (tokens.take('(')) depth += 1;
    calls.push(callOf(tokens));
    while (depth > 0 && tokens.take(')')) depth -= 1;
    if (tokens.take('||')) continue;
    if (depth > 0) tokens.require(')');
    if (tokens.next.kind === 'end') return calls as [ShardRangeCall, ...ShardRangeCall[]];
    throw unexpected(tokens.next);
  }
}

/** The tokens of a text, read from left to right. */
interface Tokens {
  readonly next: Token;
  /** Skips the sign if it is next, and returns whether it was. */
  take(sign: string): boolean;
  /** @throws ShardSyntaxError if the sign is not next */
  require(sign: string): void;
  advance(): Token;
}

function tokensOf(text: string): Tokens {
  let at = 0;
  const read = (): Token => {
    BLANK.lastIndex = at;
    BLANK.exec(text);
    TOKEN.lastIndex = BLANK.lastIndex;
    const { name, string, sign, other } = TOKEN.exec(text)?.groups ?? {};
    at = TOKEN.lastIndex;
    if (other !== undefined) throw new ShardSyntaxError(`Syntax error: token recognition error at: ${quoted(other)}`);
    if (name !== undefined) return { kind: 'name', text: name };
    if (string !== undefined) return { kind: 'string', text: string };
    return sign === undefined ? { kind: 'end', text: '<EOF>' } : { kind: 'sign', text: sign };
  };
  let next = read();
  const advance = (): Token => {
    const current = next;
    next = current.kind === 'end' ? current : read();
    return current;
  };
  const take = (sign: string): boolean => {
    if (next.kind !== 'sign' || next.text !== sign) return false;
    advance();
    return true;
  };
  return {
    get next() {
      return next;
    },
    advance,
    take,
    require(sign) {
      if (!take(sign)) throw new ShardSyntaxError(`Syntax error: missing '${sign}' at ${quoted(next.text)}`);
    },
  };
}

function callOf(tokens: Tokens): ShardRangeCall {
  const name = tokens.advance();
  if (name.kind !== 'name') throw unexpected(name);
  if (!tokens.take('(')) {
    throw new ShardSyntaxError(`unexpected expression ${quoted(name.text)}; expected shardRange() call or || operator`);
  }
  if (name.text !== 'shardRange') {
    throw new ShardSyntaxError(`unsupported function ${quoted(name.text)}; only shardRange() and || are allowed`);
  }
  const args = argumentsOf(tokens);
  const [field, from, to] = args;
  if (field === undefined || from === undefined || to === undefined || args.length > 3) {
    throw new ShardSyntaxError(`shardRange() requires exactly 3 arguments, got ${args.length}`);
  }
  if (field.kind !== 'name') {
    throw new ShardSyntaxError(
      'shardRange() first argument: expected field path (e.g. object.metadata.uid), got a string literal',
    );
  }
  if (!FIELDS.has(field.text)) {
    throw new ShardSyntaxError(`unsupported field path ${quoted(field.text)}; supported: ${[...FIELDS].join(', ')}`);
  }
  const call = { field: field.text, from: boundOf(from, 'hexStart'), to: boundOf(to, 'hexEnd') };
  if (BigInt(call.from) < BigInt(call.to)) return call;
  throw new ShardSyntaxError(`shard range start ${call.from} must be less than end ${call.to}`);
}

/** Returns the arguments of a call: paths and strings. */
function argumentsOf(tokens: Tokens): readonly Token[] {
  const args: Token[] = [];
  if (tokens.take(')')) return args;
  do args.push(argumentOf(tokens));
  while (tokens.take(','));
  tokens.require(')');
  return args;
}

function argumentOf(tokens: Tokens): Token {
  const first = tokens.advance();
  if (first.kind === 'string') return { kind: 'string', text: first.text.slice(1, -1) };
  if (first.kind !== 'name') throw unexpected(first);
  const path = [first.text];
  while (tokens.take('.')) {
    const step = tokens.advance();
    if (step.kind !== 'name') throw unexpected(step);
    path.push(step.text);
  }
  return { kind: 'name', text: path.join('.') };
}

function boundOf({ kind, text }: Token, name: string): string {
  if (kind !== 'string') {
    throw new ShardSyntaxError(`${name} must be a string literal (e.g. '0xff'), got ${quoted(text)}`);
  }
  if (!text.startsWith('0x')) throw new ShardSyntaxError(`${name} must have '0x' prefix, got ${quoted(text)}`);
  const hex = text.slice(2);
  if (hex === '') throw new ShardSyntaxError(`${name}: hex value is required after '0x'`);
  const bytes = Buffer.byteLength(hex);
  if (bytes > 17) {
    throw new ShardSyntaxError(`${name}: hex value too long (${bytes} chars, max 17): ${quoted(hex)}`);
  }
  const wrong = /[^0-9a-f]/u.exec(hex)?.[0];
  if (wrong !== undefined) {
    throw new ShardSyntaxError(`${name}: invalid hex character ${quoted(wrong)} in ${quoted(text)}`);
  }
  if (hex.length === 16 || text === END) return text;
  throw new ShardSyntaxError(
    hex.length === 17
      ? `${name}: 17-digit hex value must be '${END}' (2^64), got ${quoted(text)}`
      : `${name} must be a 0x-prefixed 16-digit hex value, got ${quoted(text)} (did you mean ${quoted(`0x${hex.padStart(16, '0')}`)}?)`,
  );
}

function unexpected({ text }: Token): ShardSyntaxError {
  return new ShardSyntaxError(`Syntax error: unexpected input ${quoted(text)}`);
}

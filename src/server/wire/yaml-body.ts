/**
 * The YAML of request bodies. The parser of the package `yaml` keeps an error object for each wrong token and compares each key with all
 * others of its object. Here it stops at the first error, counts tokens and levels, and finds repeated keys with a set.
 * @module
 */
import { Composer, type Document, isScalar, Lexer, Parser, visit } from 'yaml';
import { errorMessage } from '../../error-message.ts';

/** The text is not a YAML document that the server accepts. */
export class YamlProblem extends Error {}

/** The text has more tokens than the maximum. */
export class YamlTooLargeProblem extends YamlProblem {}

/** The limits of a YAML text. */
export interface YamlLimits {
  /** The maximum number of tokens: keys, values, punctuation, blanks and line ends. */
  readonly tokens: number;
  /** The maximum depth of the parser's stack. A level of a flow (`[`) needs one place, and a level of a block needs up to two. */
  readonly depth: number;
}

/** Without this limit, a few aliases could expand to a billion values. */
const MAX_ALIASES = 100;

/**
 * Parses one YAML 1.2 document with the types of JSON. Integers are bigints, so that none is rounded.
 * @throws YamlProblem for the first error
 */
export function parseYaml(text: string, limits: YamlLimits): unknown {
  try {
    const document = documentOf(text, limits);
    if (document === undefined) return null;
    requireUniqueKeys(document, text);
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof RangeError) throw new YamlProblem('it is nested too deeply', { cause: error });
    if (error instanceof YamlProblem) throw error;
    throw new YamlProblem(errorMessage(error), { cause: error });
  }
}

function documentOf(text: string, limits: YamlLimits): Document | undefined {
  const parser = new Parser();
  const composer = new Composer({ uniqueKeys: false, schema: 'core', logLevel: 'error', intAsBigInt: true });
  let problem: YamlProblem | undefined;
  // The composer calls this property for each error and each warning. It would collect them. It also reports an error that is thrown here.
  Object.assign(composer, {
    onError: (source: unknown, _code: string, message: string, isWarning?: boolean): void => {
      if (isWarning === true) return;
      problem ??= new YamlProblem(`${message}${placeOf(text, offsetOf(source))}`);
      throw problem;
    },
  });
  let found: Document | undefined;
  const take = (documents: Iterable<Document>): void => {
    for (const document of documents) {
      if (found !== undefined) throw new YamlProblem('it contains multiple documents');
      found = document;
    }
  };
  let tokens = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > limits.tokens) throw new YamlTooLargeProblem(`it has more than ${limits.tokens} tokens`);
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') throw new YamlProblem(`${token.message}${placeOf(text, token.offset)}`);
      take(composer.next(token));
    }
    if (parser.stack.length > limits.depth) throw new YamlProblem('it is nested too deeply');
  }
  for (const token of parser.end()) take(composer.next(token));
  take(composer.end(false, text.length));
  return found;
}

function requireUniqueKeys(document: Document, text: string): void {
  visit(document, {
    Map(_key, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) throw new YamlProblem(`Map keys must be unique${placeOf(text, key.range?.[0] ?? 0)}`);
        keys.add(key.value);
      }
    },
  });
}

function offsetOf(source: unknown): number {
  if (typeof source === 'number') return source;
  if (Array.isArray(source)) return Number(source[0]);
  return (source as { readonly offset: number }).offset;
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return ` at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

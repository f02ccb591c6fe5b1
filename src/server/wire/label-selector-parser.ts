/**
 * The grammar of the query parameter `labelSelector` (apimachinery: `labels.Parse`). The messages are those of upstream's parser.
 * @module
 */
import type { LabelOperator, LabelRequirement } from '../../labels/requirements.ts';
import { labelValueMessage, qualifiedNameMessage } from '../../object-meta/names.ts';
import { integerProblem } from './query.ts';
import { quoted } from './quote.ts';

/** The selector does not follow the grammar. The message becomes the message of the response with code 400. */
export class LabelSyntaxError extends Error {}

/** The maximum number of invalid values that a message names. */
const MAX_PROBLEMS = 100;

/** The words `in` and `notin` are operators or names, depending on their position. */
type Token =
  | { readonly type: 'word'; readonly text: string }
  | { readonly type: 'symbol'; readonly text: string }
  | { readonly type: 'end'; readonly text: '' };

const END: Token = { type: 'end', text: '' };
const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  in: 'In',
  notin: 'NotIn',
  '=': 'In',
  '==': 'In',
  '!=': 'NotIn',
  '>': 'Gt',
  '<': 'Lt',
};

/** Reads tokens from left to right. After the last token it returns `END`. */
class Tokens {
  readonly #tokens: readonly Token[];
  #position = 0;

  /** Splits the text into tokens. All characters except symbols and white space form words; the parser checks the words later. */
  constructor(text: string) {
    this.#tokens = (text.match(/==?|!=?|[(),<>]|[^ \t\r\n=!(),<>]+/g) ?? []).map((part) => ({
      type: /^(?:==?|!=?|[(),<>])$/.test(part) ? 'symbol' : 'word',
      text: part,
    }));
  }

  peek(): Token {
    return this.#tokens[this.#position] ?? END;
  }

  next(): Token {
    const token = this.peek();
    this.#position += 1;
    return token;
  }

  /** Returns whether the next token is one of these symbols. */
  isNext(...symbols: readonly string[]): boolean {
    return is(this.peek(), ...symbols);
  }

  word(): string {
    const token = this.next();
    if (token.type !== 'word') throw new LabelSyntaxError(`found '${token.text}', expected: identifier`);
    return token.text;
  }
}

/**
 * Returns the requirements in the order of the text.
 * @param maximum the maximum number of requirements
 * @throws LabelSyntaxError
 */
export function parseRequirements(text: string, maximum: number): readonly LabelRequirement[] {
  const tokens = new Tokens(text);
  const first = tokens.peek();
  if (first.type === 'end') return [];
  if (first.type === 'symbol' && first.text !== '!') {
    throw new LabelSyntaxError(`found '${first.text}', expected: !, identifier, or 'end of string'`);
  }
  const requirements: LabelRequirement[] = [];
  for (;;) {
    if (requirements.length === maximum) {
      throw new LabelSyntaxError(`the label selector has more than ${maximum} requirements`);
    }
    requirements.push(parseRequirement(tokens));
    const separator = tokens.next();
    if (separator.type === 'end') return requirements;
    if (!is(separator, ',')) throw new LabelSyntaxError(`found '${separator.text}', expected: ',' or 'end of string'`);
    const following = tokens.peek();
    if (following.type !== 'word' && !is(following, '!')) {
      throw new LabelSyntaxError(`found '${following.text}', expected: identifier after ','`);
    }
  }
}

function parseRequirement(tokens: Tokens): LabelRequirement {
  try {
    return requirement(tokens);
  } catch (error) {
    if (!(error instanceof LabelSyntaxError)) throw error;
    throw new LabelSyntaxError(`unable to parse requirement: ${error.message}`, { cause: error });
  }
}

function requirement(tokens: Tokens): LabelRequirement {
  const isNegated = tokens.isNext('!');
  if (isNegated) tokens.next();
  const key = tokens.word();
  const keyProblem = qualifiedNameMessage(key);
  if (keyProblem !== undefined) throw new LabelSyntaxError(`<nil>: Invalid value: ${quoted(key)}: ${keyProblem}`);
  if (isNegated) return { key, operator: 'DoesNotExist', values: [] };
  if (tokens.peek().type === 'end' || tokens.isNext(',')) return { key, operator: 'Exists', values: [] };
  const { text } = tokens.next();
  const operator = Object.hasOwn(OPERATORS, text) ? OPERATORS[text] : undefined;
  if (operator === undefined) throw new LabelSyntaxError(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
  const values = text === 'in' || text === 'notin' ? setOfValues(tokens) : [singleValue(tokens)];
  const problem = valuesProblem(key, operator, values);
  if (problem !== undefined) throw new LabelSyntaxError(problem);
  return { key, operator, values };
}

/** `k=` means the empty value. */
function singleValue(tokens: Tokens): string {
  return tokens.peek().type === 'end' || tokens.isNext(',') ? '' : tokens.word();
}

/** Parses `(a, b)`. Two separators without a word between them stand for the empty value. */
function setOfValues(tokens: Tokens): readonly string[] {
  const open = tokens.next();
  if (!is(open, '(')) throw new LabelSyntaxError(`found '${open.text}' expected: '('`);
  const values: string[] = [];
  for (;;) {
    if (tokens.isNext(',', ')')) values.push('');
    else {
      const token = tokens.next();
      if (token.type !== 'word') {
        const expected = values.length === 0 ? "',', ')' or identifier" : "',', or identifier";
        throw new LabelSyntaxError(`found '${token.text}', expected: ${expected}`);
      }
      values.push(token.text);
    }
    const separator = tokens.next();
    if (is(separator, ')')) return [...new Set(values)].toSorted();
    if (!is(separator, ',')) throw new LabelSyntaxError(`found '${separator.text}', expected: ',' or ')'`);
  }
}

/** Returns the message for invalid values, or undefined (apimachinery: `labels.NewRequirement`). */
function valuesProblem(key: string, operator: LabelOperator, values: readonly string[]): string | undefined {
  const isComparison = operator === 'Gt' || operator === 'Lt';
  const problems: string[] = [];
  for (const [index, value] of values.entries()) {
    if (isComparison && integerProblem(value, 'ParseInt') !== undefined) {
      const reason = "for 'Gt', 'Lt' operators, the value must be an integer";
      problems.push(`values[${index}]: Invalid value: ${quoted(value)}: ${reason}`);
    }
  }
  for (const [index, value] of values.entries()) {
    if (problems.length === MAX_PROBLEMS) break;
    const problem = labelValueMessage(value);
    if (problem !== undefined) problems.push(`values[${index}][${key}]: Invalid value: ${quoted(value)}: ${problem}`);
  }
  return problems.length > 1 ? `[${problems.join(', ')}]` : problems[0];
}

function is(token: Token, ...symbols: readonly string[]): boolean {
  return token.type !== 'word' && symbols.includes(token.text);
}

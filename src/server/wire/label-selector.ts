import { labelTokens, type LabelToken } from './label-selector-lexer.ts';
import {
  requirementMatches,
  requirementProblem,
  requirementText,
  type LabelOperator,
  type LabelRequirement,
} from './label-requirement.ts';
import { qualifiedNameMessage } from './names.ts';
import { quoted } from './quote.ts';
import { badRequest } from './status.ts';

export type { LabelOperator, LabelRequirement } from './label-requirement.ts';

/** A label selector (api-semantics 4.1): all requirements must hold. */
export interface LabelSelector {
  /** Sorted by key, none twice. */
  readonly requirements: readonly LabelRequirement[];
  /** True when it selects everything. */
  readonly isEmpty: boolean;
  /** Undefined labels are those of an object that has none: `!k`, `k!=v` and `k notin (…)` select it. */
  matches(labels: Readonly<Record<string, string>> | undefined): boolean;
  /** The canonical text: the same for every text that means the same requirements. It parses to an equal selector. */
  toString(): string;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The selector of these requirements, which must be well-formed. */
const labelSelector = (unsorted: readonly LabelRequirement[]): LabelSelector => {
  const byCanonicalText = new Map(unsorted.map((requirement) => [requirementText(requirement), requirement]));
  const sorted = [...byCanonicalText].toSorted(
    ([textA, a], [textB, b]) => byText(a.key, b.key) || byText(textA, textB),
  );
  const requirements = sorted.map(([, requirement]) => requirement);
  const canonical = sorted.map(([text]) => text).join(',');
  return {
    requirements,
    isEmpty: requirements.length === 0,
    matches: (labels) =>
      requirements.every((requirement) =>
        requirementMatches(
          requirement,
          labels !== undefined && Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined,
        ),
      ),
    toString: () => canonical,
  };
};

/** Selects everything. */
export const everyLabel: LabelSelector = labelSelector([]);

/** The parser's own failure: its text becomes the message of the 400. */
class SyntaxProblem extends Error {}

/** Reads tokens from left to right; past the last one it stays at `end`. */
interface Tokens {
  readonly next: () => LabelToken;
  readonly peek: () => LabelToken;
}

const tokensOf = (text: string): Tokens => {
  const all = labelTokens(text);
  const end: LabelToken = { type: 'end', text: '' };
  let position = 0;
  return {
    next: () => all[position++] ?? end,
    peek: () => all[position] ?? end,
  };
};

const is = (token: LabelToken, ...texts: readonly string[]): boolean =>
  token.type !== 'word' && texts.includes(token.text);

const word = (token: LabelToken): string => {
  if (token.type !== 'word') {
    throw new SyntaxProblem(`found '${token.text}', expected: identifier`);
  }
  return token.text;
};

const operators: Readonly<Record<string, LabelOperator>> = {
  in: 'In',
  notin: 'NotIn',
  '=': 'In',
  '==': 'In',
  '!=': 'NotIn',
  '>': 'Gt',
  '<': 'Lt',
};

/** After `(`: words and commas up to `)`. Nothing between two of `(`, `,` and `)` is the empty value. */
const setOf = (tokens: Tokens): readonly string[] => {
  const values: string[] = [];
  for (;;) {
    if (is(tokens.peek(), ',', ')')) {
      values.push('');
    } else {
      const token = tokens.next();
      if (token.type !== 'word') {
        const expected = values.length === 0 ? "',', ')' or identifier" : "',', or identifier";
        throw new SyntaxProblem(`found '${token.text}', expected: ${expected}`);
      }
      values.push(token.text);
    }
    const separator = tokens.next();
    if (is(separator, ')')) {
      return [...new Set(values)].toSorted(byText);
    }
    if (!is(separator, ',')) {
      throw new SyntaxProblem(`found '${separator.text}', expected: ',' or ')'`);
    }
  }
};

const valuesOf = (tokens: Tokens, isSet: boolean): readonly string[] => {
  if (!isSet) {
    return [tokens.peek().type === 'end' || is(tokens.peek(), ',') ? '' : word(tokens.next())];
  }
  const open = tokens.next();
  if (!is(open, '(')) {
    throw new SyntaxProblem(`found '${open.text}' expected: '('`);
  }
  return setOf(tokens);
};

const requirementOf = (tokens: Tokens): LabelRequirement => {
  const isNegated = is(tokens.peek(), '!');
  if (isNegated) {
    tokens.next();
  }
  const key = word(tokens.next());
  const keyProblem = qualifiedNameMessage(key);
  if (keyProblem !== undefined) {
    throw new SyntaxProblem(`<nil>: Invalid value: ${quoted(key)}: ${keyProblem}`);
  }
  if (isNegated) {
    return { key, operator: 'DoesNotExist', values: [] };
  }
  if (tokens.peek().type === 'end' || is(tokens.peek(), ',')) {
    return { key, operator: 'Exists', values: [] };
  }
  const { text } = tokens.next();
  const operator = Object.hasOwn(operators, text) ? operators[text] : undefined;
  if (operator === undefined) {
    throw new SyntaxProblem(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
  }
  const requirement: LabelRequirement = { key, operator, values: valuesOf(tokens, text === 'in' || text === 'notin') };
  const problem = requirementProblem(requirement);
  if (problem !== undefined) {
    throw new SyntaxProblem(problem);
  }
  return requirement;
};

const explained = (tokens: Tokens): LabelRequirement => {
  try {
    return requirementOf(tokens);
  } catch (error) {
    throw error instanceof SyntaxProblem ? new SyntaxProblem(`unable to parse requirement: ${error.message}`) : error;
  }
};

const requirementsOf = (tokens: Tokens): readonly LabelRequirement[] => {
  const first = tokens.peek();
  if (first.type === 'end') {
    return [];
  }
  if (first.type === 'symbol' && first.text !== '!') {
    throw new SyntaxProblem(`found '${first.text}', expected: !, identifier, or 'end of string'`);
  }
  const requirements: LabelRequirement[] = [];
  for (;;) {
    requirements.push(explained(tokens));
    const separator = tokens.next();
    if (separator.type === 'end') {
      return requirements;
    }
    if (!is(separator, ',')) {
      throw new SyntaxProblem(`found '${separator.text}', expected: ',' or 'end of string'`);
    }
    const following = tokens.peek();
    if (following.type !== 'word' && !is(following, '!')) {
      throw new SyntaxProblem(`found '${following.text}', expected: identifier after ','`);
    }
  }
};

/**
 * Parses `labelSelector`. Throws a 400 whose message is upstream's parser's text (api-semantics 4.1).
 *
 * @example parseLabelSelector('tier in (web, api),!canary').matches({ tier: 'web' }) // true
 */
export const parseLabelSelector = (text: string): LabelSelector => {
  try {
    return labelSelector(requirementsOf(tokensOf(text)));
  } catch (error) {
    throw error instanceof SyntaxProblem ? badRequest(error.message, { cause: error }) : error;
  }
};

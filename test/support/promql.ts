/** Reads the metrics and labels that expressions of PromQL name. `promtool` checks their grammar where it is installed. */

/** A metric in an expression, with the labels of its selector. */
export interface PromqlSelector {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** The names in an expression. */
export interface PromqlNames {
  readonly selectors: readonly PromqlSelector[];
  /** The labels of `by`, `on` and other clauses. */
  readonly grouping: readonly string[];
}

const TOKEN =
  /\s+|#.*|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[[^\]]*\]|\$?[A-Za-z_:][\w:]*|\d+(?:\.\d+)?(?:ms|[smhdwy])?|=~|!~|[=!<>]=|[-+*/%^=<>(){},])/y;
const NAME = /^[A-Za-z_:]/;
const CLAUSES: ReadonlySet<string> = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'bool', 'offset', 'atan2']);

/** Returns the metrics and labels of an expression. @throws Error for a text that is not PromQL */
export function namesOf(expression: string): PromqlNames {
  const tokens = tokensOf(expression);
  const selectors: PromqlSelector[] = [];
  const grouping: string[] = [];
  let depth = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const [token = '', next] = [tokens[at], tokens[at + 1]];
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (depth < 0) throw new Error(`a bracket too many closes: ${expression}`);
    if (!NAME.test(token) || OPERATORS.has(token)) continue;
    if (CLAUSES.has(token)) {
      const end = tokens.indexOf(')', at);
      grouping.push(...tokens.slice(at + 2, end).filter((label) => label !== ','));
      at = end;
    } else if (next === '{') {
      const end = tokens.indexOf('}', at);
      selectors.push({ metric: token, labels: labelsOf(tokens.slice(at + 2, end), expression) });
      at = end;
    } else if (next !== '(' && !(CLAUSES.has(next ?? '') && tokens[at - 1] !== ')' && isAggregation(token))) {
      selectors.push({ metric: token, labels: [] });
    }
  }
  if (depth !== 0) throw new Error(`a bracket does not close: ${expression}`);
  return { selectors, grouping };
}

/** Aggregations may have their clause before their brackets: `sum by (job) (…)`. */
function isAggregation(token: string): boolean {
  return /^(?:sum|min|max|avg|count|topk|bottomk|quantile|stddev|stdvar|group)$/.test(token);
}

function labelsOf(tokens: readonly string[], expression: string): string[] {
  const labels: string[] = [];
  for (let at = 0; at < tokens.length; at += 4) {
    const [label = '', operator = '', value = '', comma = ','] = tokens.slice(at);
    if (!NAME.test(label) || !/^(?:=|=~|!~|!=)$/.test(operator) || !/^["']/.test(value) || comma !== ',') {
      throw new Error(`this is not a list of labels: ${tokens.join(' ')}, in ${expression}`);
    }
    labels.push(label);
  }
  return labels;
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(expression);
    if (found === null) throw new Error(`this is not PromQL: ${expression.slice(at)}`);
    if (found[1] !== undefined) tokens.push(found[1]);
  }
  return tokens;
}

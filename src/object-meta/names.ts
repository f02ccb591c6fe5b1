/**
 * Checks of names (apimachinery's util/validation and api/validation/path). Each check returns a message, or undefined for a valid name.
 * @module
 */
import { pathSegmentProblems } from '../path-segment.ts';

interface SyntaxRule {
  readonly text: string;
  readonly pattern: string;
  readonly examples: readonly string[];
  readonly maxBytes: number;
}

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const qualifiedPart = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const rules = {
  label: {
    text: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    pattern: label,
    examples: ['my-name', '123-abc'],
    maxBytes: 63,
  },
  subdomain: {
    text: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    pattern: `${label}(\\.${label})*`,
    examples: ['example.com'],
    maxBytes: 253,
  },
  qualifiedName: {
    text: "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    pattern: qualifiedPart,
    examples: ['MyName', 'my.name', '123-abc'],
    maxBytes: 63,
  },
  labelValue: {
    text: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    pattern: `(${qualifiedPart})?`,
    examples: ['MyValue', 'my_value', '12345'],
    maxBytes: 63,
  },
} as const satisfies Record<string, SyntaxRule>;

const matchers = Object.fromEntries(
  Object.values(rules).map(({ pattern }) => [pattern, new RegExp(`^(?:${pattern})$`)]),
);

function ruleText({ text, pattern, examples }: SyntaxRule): string {
  return `${text} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${pattern}')`;
}

function problems(value: string, rule: SyntaxRule): readonly string[] {
  return [
    ...(Buffer.byteLength(value) > rule.maxBytes ? [`must be no more than ${rule.maxBytes} bytes`] : []),
    ...(matchers[rule.pattern]?.test(value) === true ? [] : [ruleText(rule)]),
  ];
}

function message(all: readonly string[], separator = '; '): string | undefined {
  return all.length === 0 ? undefined : all.join(separator);
}

/** Checks the name of an object of most kinds. Like upstream, it counts bytes, although the message says characters. */
export function dns1123SubdomainMessage(name: string): string | undefined {
  return message(problems(name, rules.subdomain))?.replace(/^(must be no more than \d+) bytes/, '$1 characters');
}

/** Checks the name of a namespace. */
export function dns1123LabelMessage(name: string): string | undefined {
  return message(problems(name, rules.label));
}

/** Checks the value of a label. */
export function labelValueMessage(value: string): string | undefined {
  return message(labelValueProblems(value));
}

/** Checks the value of a label, and returns a separate message for each problem. */
export function labelValueProblems(value: string): readonly string[] {
  return problems(value, rules.labelValue);
}

/** Checks the key of a label or annotation: a name, or a DNS subdomain, a slash and a name. */
export function qualifiedNameMessage(key: string): string | undefined {
  return message(qualifiedNameProblems(key));
}

/** Checks the key of a label or annotation, and returns a separate message for each problem. */
export function qualifiedNameProblems(key: string): readonly string[] {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2) {
    return [
      `a valid label key ${ruleText(rules.qualifiedName)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const prefixProblems =
    prefix === '' ? ['must be non-empty'] : prefix === undefined ? [] : problems(prefix, rules.subdomain);
  const nameProblems = [...(name === '' ? ['must be non-empty'] : []), ...problems(name, rules.qualifiedName)];
  return [
    ...prefixProblems.map((problem) => `prefix part ${problem}`),
    ...nameProblems.map((problem) => `name part ${problem}`),
  ];
}

/** Checks a name in a path. */
export function pathSegmentNameMessage(name: string): string | undefined {
  return message(pathSegmentProblems(name), ';');
}

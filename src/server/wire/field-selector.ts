/**
 * Field selectors of queries (conformance 4.2): parsed, checked against the supported fields, and evaluated.
 * @module
 */
import { DEFAULT_LIMITS, requireSelectorSize, type SelectorLimits } from './limits.ts';
import { quoted, shortened } from './quote.ts';
import { badRequest } from './status.ts';
import { unreachable } from '../../unreachable.ts';

/** A condition on one field. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  /** The value without escapes. */
  readonly value: string;
}

/** A field selector. An object is selected if all requirements hold. */
export interface FieldSelector {
  /** Sorted by text, without duplicates. */
  readonly requirements: readonly FieldRequirement[];
  /** True if it selects everything. */
  readonly isEmpty: boolean;
  /**
   * Returns whether the selector selects an object.
   * @param valueOf returns the value of a field as text; undefined, like the empty text, if the field is missing
   */
  matches(valueOf: (field: string) => string | undefined): boolean;
  /** Returns the value that a `=` requirement demands for a field. */
  exactValue(field: string): string | undefined;
  /** The canonical text. It parses to an equal selector. */
  toString(): string;
}

function textOf({ field, operator, value }: FieldRequirement): string {
  return `${field}${operator}${value.replaceAll(/[\\,=]/g, String.raw`\$&`)}`;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function fieldSelector(unsorted: readonly FieldRequirement[]): FieldSelector {
  const sorted = [...new Map(unsorted.map((requirement) => [textOf(requirement), requirement]))].toSorted(([a], [b]) =>
    byText(a, b),
  );
  const requirements = sorted.map(([, requirement]) => requirement);
  const canonical = sorted.map(([text]) => text).join(',');
  return {
    requirements,
    isEmpty: requirements.length === 0,
    matches: (valueOf) =>
      requirements.every(({ field, operator, value }) => ((valueOf(field) ?? '') === value) === (operator === '=')),
    exactValue: (wanted) => requirements.find(({ field, operator }) => field === wanted && operator === '=')?.value,
    toString: () => canonical,
  };
}

/** Splits at commas without a backslash before them. */
function termsOf(text: string): readonly string[] {
  const terms = [];
  let term = '';
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === ',') {
      terms.push(term);
      term = '';
    } else if (text[index] === '\\') {
      term += text.slice(index, index + 2);
      index += 1;
    } else {
      term += text[index];
    }
  }
  return [...terms, term].filter((each) => each !== '');
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([^])|[\\,=]/gu, (sequence, character?: string) => {
    if (character === '\\' || character === ',' || character === '=') return character;
    throw badRequest(
      sequence.startsWith('\\')
        ? `invalid field selector: invalid escape sequence: ${sequence}`
        : // Upstream prints the rune as a number.
          `invalid field selector: unescaped character in value: ${sequence.codePointAt(0)}`,
    );
  });
}

/**
 * Parses the query parameter `fieldSelector`. `requireSupportedFields` checks its fields.
 * @throws ApiError 400
 * @example parseFieldSelector('metadata.namespace!=kube-system').isEmpty // false
 */
export function parseFieldSelector(text: string, limits: SelectorLimits = DEFAULT_LIMITS): FieldSelector {
  requireSelectorSize('fieldSelector', text, limits);
  const terms = termsOf(text);
  if (terms.length > limits.selectorRequirements) {
    throw badRequest(`the field selector has more than ${limits.selectorRequirements} requirements`);
  }
  const requirements = terms.map((term): FieldRequirement => {
    const { field, operator, value } = /^(?<field>.*?)(?<operator>!=|==?)(?<value>.*)$/su.exec(term)?.groups ?? {};
    if (field === undefined || value === undefined) {
      throw badRequest(`invalid selector: '${shortened(text)}'; can't understand '${shortened(term)}'`);
    }
    return { field, operator: operator === '!=' ? '!=' : '=', value: unescaped(value) };
  });
  // Upstream drops a term with an empty field and an empty value.
  return fieldSelector(requirements.filter(({ field, value }) => field !== '' || value !== ''));
}

/** The fields by which every namespaced resource can be selected. Cluster-scoped resources support only the first. */
export const metadataFields: readonly string[] = ['metadata.name', 'metadata.namespace'];

/** The message for an unsupported field: that of built-in types or that of custom resources. */
export type UnsupportedFieldText = 'generic' | 'customResource';

function unsupported(field: string, supported: readonly string[], text: UnsupportedFieldText): string {
  switch (text) {
    case 'generic':
      return `${quoted(field)} is not a known field selector: only ${supported.map(quoted).join(', ')}`;
    case 'customResource':
      return `field label not supported: ${field}`;
    default:
      return unreachable(text);
  }
}

/**
 * Checks the fields of a selector before any object is read (conformance 4.2).
 * @throws ApiError 400 for the first field that is not in `supported`
 */
export function requireSupportedFields(
  selector: FieldSelector,
  supported: readonly string[],
  text: UnsupportedFieldText = 'customResource',
): void {
  const found = selector.requirements.find(({ field }) => !supported.includes(field));
  if (found !== undefined) throw badRequest(unsupported(found.field, supported, text));
}

/**
 * Label selectors of queries (conformance 4.1): parsed, with a canonical text.
 * @module
 */
import { matchesLabels, type LabelRequirement, type Labels } from '../../labels/requirements.ts';
import { unreachable } from '../../unreachable.ts';
import { DEFAULT_LIMITS, requireSelectorSize, type SelectorLimits } from './limits.ts';
import { LabelSyntaxError, parseRequirements } from './label-selector-parser.ts';
import { badRequest } from './status.ts';

/** A label selector. An object is selected if all requirements hold. */
export interface ParsedLabelSelector {
  /** Sorted by key, without duplicates. */
  readonly requirements: readonly LabelRequirement[];
  /** True if it selects everything. */
  readonly isEmpty: boolean;
  /** Undefined labels are those of an object without labels: `!k`, `k!=v` and `k notin (…)` select it. */
  matches(labels: Labels | undefined): boolean;
  /** The canonical text: equal selectors have equal texts. It parses to an equal selector. */
  toString(): string;
}

/**
 * Parses the query parameter `labelSelector`.
 * @example parseLabelSelector('tier in (web, api),!canary').matches({ tier: 'web' }) // true
 * @throws ApiError 400 with the text of upstream's parser, and for a selector above the limits
 */
export function parseLabelSelector(text: string, limits: SelectorLimits = DEFAULT_LIMITS): ParsedLabelSelector {
  requireSelectorSize('labelSelector', text, limits);
  try {
    return parsedSelector(parseRequirements(text, limits.selectorRequirements));
  } catch (error) {
    throw error instanceof LabelSyntaxError ? badRequest(error.message, { cause: error }) : error;
  }
}

function parsedSelector(unsorted: readonly LabelRequirement[]): ParsedLabelSelector {
  const byText = new Map(unsorted.map((requirement) => [requirementText(requirement), requirement]));
  const sorted = [...byText].toSorted(([textA, a], [textB, b]) => compare(a.key, b.key) || compare(textA, textB));
  const requirements = sorted.map(([, requirement]) => requirement);
  const canonical = sorted.map(([text]) => text).join(',');
  return {
    requirements,
    isEmpty: requirements.length === 0,
    matches: (labels) => matchesLabels(requirements, labels),
    toString: () => canonical,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns the shortest text of a requirement. Equal requirements have equal texts. */
function requirementText({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'Gt':
      return `${key}>${values[0]}`;
    case 'Lt':
      return `${key}<${values[0]}`;
    default:
      return unreachable(operator);
  }
}

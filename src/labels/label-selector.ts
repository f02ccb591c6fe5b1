/**
 * Label selectors in the form that objects contain: `matchLabels` and `matchExpressions`, or a plain map of labels. They are translated
 * to requirements (apimachinery: `LabelSelectorAsSelector`).
 * @module
 */
import type { LabelRequirement, Labels } from './requirements.ts';

/** The selector of a Deployment, a NetworkPolicy or a PodDisruptionBudget. All parts of it must hold. */
export interface LabelSelector {
  readonly matchLabels?: Labels | null | undefined;
  readonly matchExpressions?:
    | readonly {
        readonly key: string;
        /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
        readonly operator: string;
        readonly values?: readonly string[] | null | undefined;
      }[]
    | null
    | undefined;
}

/** A plain map of labels, or a label selector. Undefined and null select nothing. */
export type Selector = Labels | LabelSelector | null | undefined;

/** The meaning of `{}`. A label selector without requirements selects everything; an empty plain map selects nothing. */
export type EmptySelector = 'everything' | 'nothing';

/** A label selector is invalid: the API server would reject it too. */
export class SelectorError extends TypeError {
  override readonly name = 'SelectorError';
}

/**
 * Returns the requirements of a selector. The list is empty if the selector selects everything. The result is undefined if the selector
 * selects nothing.
 * @param empty the meaning of `{}`, which may be a plain map or a label selector
 * @throws SelectorError for an unknown operator, for an operator without the values that it needs, and for values that it must not have
 */
export function requirementsOf(selector: Selector, empty: EmptySelector): readonly LabelRequirement[] | undefined {
  if (selector === undefined || selector === null) return undefined;
  if (typeof selector !== 'object') throw new SelectorError(`a selector must be an object, not a ${typeof selector}`);
  if (!isLabelSelector(selector)) {
    const requirements = Object.entries(selector).map(equality);
    return requirements.length === 0 && empty === 'nothing' ? undefined : requirements;
  }
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(equality),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }) => expression(key, operator, values ?? [])),
  ];
}

/** Distinguishes the two forms by the types of their values: a plain map contains only strings, even if a label is named `matchLabels`. */
function isLabelSelector(selector: Labels | LabelSelector): selector is LabelSelector {
  return ['matchLabels', 'matchExpressions'].some(
    (name) => Object.hasOwn(selector, name) && typeof (selector as Record<string, unknown>)[name] !== 'string',
  );
}

function equality([key, value]: readonly [string, unknown]): LabelRequirement {
  if (typeof value !== 'string')
    throw new SelectorError(`the value of the label "${key}" in a selector must be a string`);
  return { key, operator: 'In', values: [value] };
}

function expression(key: string, operator: string, values: readonly string[]): LabelRequirement {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) throw new SelectorError(`the operator ${operator} for the label "${key}" needs values`);
      return { key, operator, values: [...new Set(values)].toSorted() };
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        throw new SelectorError(`the operator ${operator} for the label "${key}" must not have values`);
      }
      return { key, operator, values: [] };
    default:
      throw new SelectorError(`"${operator}" is not a valid label selector operator`);
  }
}

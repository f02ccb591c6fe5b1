/**
 * Label selectors as objects carry them, and which labels they select (apimachinery: `LabelSelectorAsSelector`, `Requirement.Matches`).
 * @module
 */
import { atOnce } from '../at-once.ts';

/** Labels of an object, or the selector of a Service. */
export type Labels = Readonly<Record<string, string>>;

/** A selector as of Deployments, NetworkPolicies and PodDisruptionBudgets. All that it says must hold. */
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

/** What `{}` selects. It does not say whether it is a plain map or a label selector, and the two mean different things by it. */
export type EmptySelector = 'everything' | 'nothing';

/** One thing that must hold. `In` also stands for equality, and `NotIn` holds where there is no such label. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** Each once. Empty for Exists and DoesNotExist. */
  readonly values: readonly string[];
}

/** A label selector is not one that the API server would accept. */
export class SelectorError extends TypeError {
  override readonly name = 'SelectorError';
}

/**
 * What must hold for an object to be selected; undefined where the selector selects nothing, empty where it selects everything.
 * @throws SelectorError for an unknown operator, and for values where there must be none or none where there must be some
 * @throws PromisedAnswerError: as a selector a promise would select everything
 */
export function requirementsOf(selector: Selector, empty: EmptySelector): readonly Requirement[] | undefined {
  if (selector === undefined || selector === null) return undefined;
  atOnce('function of the match', selector);
  if (typeof selector !== 'object') throw new SelectorError(`a selector is an object, not a ${typeof selector}`);
  if (!isLabelSelector(selector)) {
    const requirements = Object.entries(selector).map(equality);
    return requirements.length === 0 && empty === 'nothing' ? undefined : requirements;
  }
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(equality),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }) => requirement(key, operator, values ?? [])),
  ];
}

/** Whether all requirements hold. */
export function selects(requirements: readonly Requirement[], labels: Labels): boolean {
  return requirements.every(({ key, operator, values }) => {
    // Own properties only: `constructor` is a good name for a label.
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    return (value !== undefined && values.includes(value)) === (operator === 'In');
  });
}

/** A plain map has strings only, so a label of the name `matchLabels` does no harm. */
function isLabelSelector(selector: Labels | LabelSelector): selector is LabelSelector {
  return ['matchLabels', 'matchExpressions'].some(
    (name) => Object.hasOwn(selector, name) && typeof (selector as Record<string, unknown>)[name] !== 'string',
  );
}

function equality([key, value]: readonly [string, unknown]): Requirement {
  if (typeof value !== 'string') throw new SelectorError(`the selector's value for ${key} is no string`);
  return { key, operator: 'In', values: [value] };
}

function requirement(key: string, operator: string, values: readonly string[]): Requirement {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) throw new SelectorError(`${operator} needs values (${key})`);
      return { key, operator, values: [...new Set(values)] };
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) throw new SelectorError(`${operator} takes no values (${key})`);
      return { key, operator, values: [] };
    default:
      throw new SelectorError(`"${operator}" is not a valid label selector operator`);
  }
}

/**
 * Requirements on labels and their evaluation (apimachinery: `labels.Requirement.Matches`). Every room evaluates label selectors here,
 * whether they come from a query (`server/wire/label-selector.ts`) or from an object (`label-selector.ts`).
 * @module
 */
import { unreachable } from '../unreachable.ts';

/** The labels of an object, or a plain map of labels that selects objects, as in a Service. */
export type Labels = Readonly<Record<string, string>>;

/** The operators of `LabelSelectorRequirement`, and `Gt` and `Lt`, which only the text form has. */
export type LabelOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

/** A condition on one label. `In` with one value stands for equality; `NotIn` also holds for an object without the label. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, without duplicates. Empty for `Exists` and `DoesNotExist`; one integer for `Gt` and `Lt`. */
  readonly values: readonly string[];
}

/** Returns whether labels fulfil all requirements. Labels that are undefined or null are those of an object without labels. */
export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels | null | undefined): boolean {
  return requirements.every((requirement) => {
    // Own properties only: `constructor` is a legal key of a label.
    const hasLabel = labels !== undefined && labels !== null && Object.hasOwn(labels, requirement.key);
    return matchesValue(requirement, hasLabel ? (labels[requirement.key] ?? undefined) : undefined);
  });
}

function matchesValue({ operator, values }: LabelRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && hasValue(values, value);
    case 'NotIn':
      return value === undefined || !hasValue(values, value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && compareIntegers(value, values[0] ?? '') > 0;
    case 'Lt':
      return value !== undefined && compareIntegers(value, values[0] ?? '') < 0;
    default:
      return unreachable(operator);
  }
}

/** From this number of values on, a set finds a value faster than a scan of the list. */
const MANY_VALUES = 16;
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Returns whether a list contains a value. A selector with many values is evaluated for many objects, so its set is kept. */
function hasValue(values: readonly string[], value: string): boolean {
  if (values.length < MANY_VALUES) return values.includes(value);
  const known = sets.get(values);
  if (known !== undefined) return known.has(value);
  const made = new Set(values);
  sets.set(values, made);
  return made.has(value);
}

/** Returns a negative number, zero or a positive number; NaN if one of the texts is not an integer of 64 bits. */
function compareIntegers(text: string, operand: string): number {
  const [value, limit] = [integerOf(text), integerOf(operand)];
  if (value === undefined || limit === undefined) return Number.NaN;
  return value < limit ? -1 : value > limit ? 1 : 0;
}

function integerOf(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

import { labelValueMessage } from './names.ts';
import { integerProblem } from './query.ts';
import { quoted } from './quote.ts';
import { unreachable } from './unreachable.ts';

/** Operators as in a SubjectAccessReview and in `LabelSelectorRequirement`, plus Gt and Lt. */
export type LabelOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, none twice. Empty for Exists and DoesNotExist, one integer for Gt and Lt. */
  readonly values: readonly string[];
}

/** What is wrong with the values of a requirement, or undefined (apimachinery's labels.NewRequirement). */
export const requirementProblem = ({ key, operator, values }: LabelRequirement): string | undefined => {
  const problems = [
    ...values.flatMap((value, index) => {
      const compares = operator === 'Gt' || operator === 'Lt';
      return compares && integerProblem(value, 'ParseInt') !== undefined
        ? [`values[${index}]: Invalid value: ${quoted(value)}: for 'Gt', 'Lt' operators, the value must be an integer`]
        : [];
    }),
    ...values.flatMap((value, index) => {
      const problem = labelValueMessage(value);
      return problem === undefined ? [] : [`values[${index}][${key}]: Invalid value: ${quoted(value)}: ${problem}`];
    }),
  ];
  return problems.length > 1 ? `[${problems.join(', ')}]` : problems[0];
};

const compare = (value: string, operand: string): -1 | 0 | 1 | undefined => {
  if (integerProblem(value, 'ParseInt') !== undefined) {
    return undefined;
  }
  const difference = BigInt(value.replace('+', '')) - BigInt(operand.replace('+', ''));
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

/** @param value the value of the label at the requirement's key; undefined when the object lacks it */
export const requirementMatches = ({ operator, values }: LabelRequirement, value: string | undefined): boolean => {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && compare(value, values[0] ?? '') === 1;
    case 'Lt':
      return value !== undefined && compare(value, values[0] ?? '') === -1;
    default:
      return unreachable(operator);
  }
};

/** The shortest text of a requirement: equal requirements have equal texts. */
export const requirementText = ({ key, operator, values }: LabelRequirement): string => {
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
};

/**
 * Labels and label selectors as text, as Kubernetes prints them in Tables and in `status.selector` of a Scale.
 * @module
 */
import { listAt, textAt, valueAtPath } from '../../../server/wire/json.ts';

/** Returns the text, or `<none>` if it is empty. */
export function orNone(text: string): string {
  return text === '' ? '<none>' : text;
}

/** Returns labels as text, sorted by key: `app=web,tier=front`. */
export function labelsText(labels: unknown): string {
  return joined(equalities(labels));
}

/**
 * Returns a label selector as text, sorted by key: `app=web,tier in (a,b),!old` (apimachinery: `LabelSelectorAsSelector` and its
 * `String`). Empty for a selector without requirements.
 */
export function selectorText(selector: unknown): string {
  const expressions = listAt(selector, 'matchExpressions').map((requirement): Part => {
    const key = textAt(requirement, 'key');
    const values = `(${listAt(requirement, 'values').map(String).toSorted().join(',')})`;
    switch (textAt(requirement, 'operator')) {
      case 'Exists':
        return [key, key];
      case 'DoesNotExist':
        return [key, `!${key}`];
      case 'In':
        return [key, `${key} in ${values}`];
      default:
        return [key, `${key} notin ${values}`];
    }
  });
  return joined([...equalities(valueAtPath(selector, 'matchLabels')), ...expressions]);
}

type Part = readonly [key: string, text: string];

function equalities(labels: unknown): readonly Part[] {
  return Object.entries((labels ?? {}) as Record<string, unknown>).map(([key, value]) => [
    key,
    `${key}=${String(value)}`,
  ]);
}

function joined(parts: readonly Part[]): string {
  return parts
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, text]) => text)
    .join(',');
}

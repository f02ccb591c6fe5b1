/** Field managers in a form in which each difference is one line. */

/** Returns the value with field sets as text and managers in an order that does not depend on time. */
export function flatManagers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flatManagers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, flattened(key, item)]));
}

function flattened(key: string, item: unknown): unknown {
  if (key === 'fieldsV1') return paths(item).join(' ');
  const flat = flatManagers(item);
  return key === 'managedFields' && Array.isArray(flat)
    ? flat.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    : flat;
}

function keyOf(entry: unknown): string {
  const { manager, operation, subresource } = entry as Readonly<Record<string, unknown>>;
  return JSON.stringify([manager, operation, subresource]);
}

function paths(fields: unknown): string[] {
  if (typeof fields !== 'object' || fields === null) return [String(fields)];
  return Object.entries(fields)
    .flatMap(([key, below]) =>
      Object.keys(below as object).length === 0 ? [key] : paths(below).map((path) => `${key}/${path}`),
    )
    .toSorted();
}

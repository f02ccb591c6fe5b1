/**
 * The removal of fields that are null. The Kubernetes API treats null as absent (API conventions, "Optional vs. Required"), but some
 * servers write it: Go prints an empty list as null if its field lacks `omitempty`. Sources remove null fields from the objects that they
 * store, so that the types of objects are right: an optional field is undefined, never null.
 * @module
 */

/**
 * Returns a JSON value without fields that are null, at every depth. Items of arrays that are null stay. The result is the value itself if
 * no field is null, which is the common case and allocates nothing.
 * @throws RangeError if the value is nested too deeply for the stack
 */
export function withoutNulls<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  return (Array.isArray(value) ? itemsWithoutNulls(value) : fieldsWithoutNulls(value)) as T;
}

function itemsWithoutNulls(items: readonly unknown[]): readonly unknown[] {
  let result: unknown[] | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (typeof item !== 'object' || item === null) continue;
    const final = withoutNulls(item);
    if (final === item) continue;
    result ??= [...items];
    result[index] = final;
  }
  return result ?? items;
}

function fieldsWithoutNulls(object: object): object {
  const fields = object as Readonly<Record<string, unknown>>;
  let changed: Map<string, unknown> | undefined;
  let hasNull = false;
  // `for in` makes no array. JSON values inherit no enumerable fields.
  for (const name in fields) {
    const value = fields[name];
    if (typeof value !== 'object') continue;
    if (value === null) {
      hasNull = true;
      continue;
    }
    const final = withoutNulls(value);
    if (final === value) continue;
    changed ??= new Map();
    changed.set(name, final);
  }
  if (changed === undefined && !hasNull) return object;
  const copy: Record<string, unknown> = {};
  for (const name in fields) {
    const value = changed?.get(name) ?? fields[name];
    if (value === null) continue;
    // An assignment would set the prototype.
    if (name === '__proto__') defineField(copy, name, value);
    else copy[name] = value;
  }
  return copy;
}

function defineField(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * JSON read like Go's decoder reads it into a struct: unknown fields are reported, null leaves a field unset, and a value of another type
 * is rejected with the decoder's text.
 * @module
 */
/** A value of the right type with the paths of the dropped fields, or the problem. */
export type Read<T = unknown> =
  | { readonly value: T; readonly unknown?: readonly string[] | undefined }
  | { readonly problem: string };

/**
 * Reads a field. `at` is the name that the decoder uses (`ObjectMeta.labels`); `path` is the name in messages to clients
 * (`metadata.labels`).
 */
export type Reader = (value: unknown, at: string, path: string) => Read;

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return `number ${value}`;
  return typeof value;
}

/** Returns the decoder's message for a value of another type. An empty `at` stands for the whole value. */
export function goTypeMismatch(value: unknown, at: string, type: string): { readonly problem: string } {
  return {
    problem: `json: cannot unmarshal ${kindOf(value)} into Go ${at === '' ? 'value' : `struct field ${at}`} of type ${type}`,
  };
}

/** A struct: its name in Go, and its path in the object. */
export interface StructPlace {
  readonly struct: string;
  readonly path: string;
}

/** Reads the fields of a struct. */
export function fieldsRead(
  value: unknown,
  fields: Readonly<Record<string, Reader>>,
  { struct, path }: StructPlace,
): Read {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return goTypeMismatch(value, '', `v1.${struct}`);
  }
  const unknown: string[] = [];
  const known: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    const below = path === '' ? key : `${path}.${key}`;
    const read = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (read === undefined) {
      unknown.push(below);
      continue;
    }
    if (item === null || item === undefined) continue;
    const result = read(item, `${struct}.${key}`, below);
    if ('problem' in result) return result;
    known.push([key, result.value]);
    unknown.push(...(result.unknown ?? []));
  }
  return { value: Object.fromEntries(known), unknown };
}

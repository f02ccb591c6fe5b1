/**
 * Rows as JSON, and why one cannot be.
 * @module
 */
import { RowRefusedError } from './errors.ts';

/**
 * The JSON of a part of a row.
 * @param path where in the row the part is; empty for the row itself
 * @throws RowRefusedError for a bigint, naming its place: numbers of `parseQuantity` and sums of them are bigints
 */
export function rowJson(part: object, path: string): string {
  try {
    return JSON.stringify(part);
  } catch (error) {
    const place = bigintIn(part, path, new Set());
    if (place === undefined) throw error;
    throw new RowRefusedError(
      `${place} is a bigint, which JSON has not; formatCpu() or formatBytes() make the text of a quantity of it, Number() a number`,
      { cause: error },
    );
  }
}

/** Where the first bigint is that JSON would meet. */
function bigintIn(value: unknown, path: string, above: ReadonlySet<unknown>): string | undefined {
  if (typeof value === 'bigint') return path;
  if (typeof value !== 'object' || value === null || above.has(value)) return undefined;
  if ('toJSON' in value && typeof value.toJSON === 'function') return undefined;
  const around = new Set(above).add(value);
  for (const [name, inner] of Object.entries(value)) {
    const step = Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    const found = bigintIn(inner, step, around);
    if (found !== undefined) return found;
  }
  return undefined;
}

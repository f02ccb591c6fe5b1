/**
 * Checks of the arguments of operators. An operator throws immediately if an argument is wrong, and the error names the operator and the
 * parameter. Without these checks, an argument that is undefined by mistake would lead to errors of the pipeline, or of each row.
 * @module
 */

/** The longest time that a timer of Node.js can wait, in milliseconds. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/**
 * Requires a function.
 * @param parameter the name of the parameter, for operators with several parameters
 * @throws TypeError
 */
export function requireFunction(operator: string, value: unknown, parameter?: string): void {
  if (typeof value !== 'function') throw wrongArgument(operator, 'a function', parameter, value);
}

/** Requires a collection. @throws TypeError */
export function requireCollection(operator: string, value: unknown, parameter?: string): void {
  if (!hasField(value, 'deltas$')) throw wrongArgument(operator, 'a collection', parameter, value);
}

/** Requires a match, or a function that returns a key. @throws TypeError */
export function requireMatch(operator: string, value: unknown): void {
  if (typeof value === 'function' || hasField(value, 'open')) return;
  throw wrongArgument(operator, 'a function or a match such as byName() or rightOwnsLeft()', 'match', value);
}

/** Requires a reducer. @throws TypeError */
export function requireReducer(operator: string, value: unknown, parameter: string): void {
  if (!hasField(value, 'read') || !hasField(value, 'open')) {
    throw wrongArgument(operator, 'a reducer', parameter, value);
  }
}

/** Requires an observable. @throws TypeError */
export function requireObservable(operator: string, value: unknown, parameter: string): void {
  if (!hasField(value, 'subscribe')) throw wrongArgument(operator, 'an observable', parameter, value);
}

/** Requires an object that is not an array. @throws TypeError */
export function requireObject(operator: string, value: unknown, parameter: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongArgument(operator, 'an object', parameter, value);
  }
}

/** Requires an array. @throws TypeError */
export function requireArray(operator: string, value: unknown, parameter: string): void {
  if (!Array.isArray(value)) throw wrongArgument(operator, 'an array', parameter, value);
}

/**
 * Returns a time in milliseconds.
 * @throws RangeError unless it is a whole number from 1 to `maximum`
 */
export function requireMilliseconds(
  operator: string,
  milliseconds: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(milliseconds) && milliseconds > 0 && milliseconds <= maximum) return milliseconds;
  throw new RangeError(`${operator} needs a whole number of milliseconds from 1 to ${maximum}, not ${milliseconds}`);
}

function wrongArgument(operator: string, needed: string, parameter: string | undefined, value: unknown): TypeError {
  const place = parameter === undefined ? '' : ` as ${parameter}`;
  return new TypeError(`${operator} needs ${needed}${place}, not ${kindOf(value)}`);
}

/** `undefined`, `a string`, `an array`. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object of another kind' : `a ${typeof value}`;
}

function hasField(value: unknown, field: string): boolean {
  return typeof value === 'object' && value !== null && field in value;
}

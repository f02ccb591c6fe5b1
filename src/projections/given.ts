/**
 * What operators are given is what they need, or a TypeError says at once which operator needs what: without it, an import that is
 * undefined (of a cycle, of a misspelt name in JavaScript) shows as an error in the depths of a pipeline, or as one for each row.
 * @module
 */

/** @throws TypeError unless it is a function. `parameter` is named where the operator takes several things. */
export function needFunction(operator: string, given: unknown, parameter?: string): void {
  if (typeof given !== 'function') throw needed(operator, 'a function', parameter, given);
}

/** @throws TypeError unless it is a collection */
export function needCollection(operator: string, given: unknown, parameter?: string): void {
  if (!hasField(given, 'deltas$')) throw needed(operator, 'a collection', parameter, given);
}

/** @throws TypeError unless it is a function that answers keys, or what `rightOwnsLeft()` and the like answer */
export function needMatch(operator: string, given: unknown): void {
  if (typeof given === 'function' || hasField(given, 'open')) return;
  throw needed(operator, 'a function or byName(), rightOwnsLeft() and the like', 'match', given);
}

/** @throws TypeError unless it is what `count()` and the like answer */
export function needReducer(operator: string, given: unknown, parameter: string): void {
  if (!hasField(given, 'read') || !hasField(given, 'open')) {
    throw needed(operator, 'a reducer', parameter, given);
  }
}

/** @throws TypeError unless it is an observable */
export function needObservable(operator: string, given: unknown, parameter: string): void {
  if (!hasField(given, 'subscribe')) throw needed(operator, 'an observable', parameter, given);
}

/** @throws TypeError unless it is an object that is no list */
export function needRecord(operator: string, given: unknown, parameter: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw needed(operator, 'an object', parameter, given);
  }
}

/** @throws TypeError unless it is a list */
export function needList(operator: string, given: unknown, parameter: string): void {
  if (!Array.isArray(given)) throw needed(operator, 'a list', parameter, given);
}

function needed(operator: string, what: string, parameter: string | undefined, given: unknown): TypeError {
  const place = parameter === undefined ? '' : ` as ${parameter}`;
  return new TypeError(`${operator} needs ${what}${place}, not ${inWords(given)}`);
}

/** `undefined`, `a string`, `a list`. */
function inWords(given: unknown): string {
  if (given === undefined || given === null) return String(given);
  if (Array.isArray(given)) return 'a list';
  return typeof given === 'object' ? 'an object of another kind' : `a ${typeof given}`;
}

function hasField(given: unknown, field: string): boolean {
  return typeof given === 'object' && given !== null && field in given;
}

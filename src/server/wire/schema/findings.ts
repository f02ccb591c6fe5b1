/**
 * The results of a validation: causes without duplicates, up to a maximum, and the number of passed checks.
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import type { Json } from '../object.ts';
import { fieldPath, invalidValue, NO_FIELD, required, tooLong, tooMany, typeInvalid } from './field-causes.ts';

/** The maximum number of causes. A list with a million wrong items must not lead to a response with a million causes. */
export const maxCauses = 200;

/** The maximum number of characters of all causes. Paths and values come from the client and may be long. */
export const maxCauseLength = 262_144;

const lengthOf = ({ message = '', field = '' }: StatusCause): number => message.length + field.length;

/** Returns the first causes, up to both maximums. */
export function firstCauses(...all: readonly Iterable<StatusCause>[]): readonly StatusCause[] {
  const first: StatusCause[] = [];
  let length = 0;
  for (const causes of all) {
    for (const cause of causes) {
      if (first.length >= maxCauses || length >= maxCauseLength) return first;
      first.push(cause);
      length += lengthOf(cause);
    }
  }
  return first;
}

/**
 * The causes for a value, keyed by the text by which upstream compares errors, and the number of passed checks. If no alternative of an
 * `anyOf` matches, the errors of the alternative with the most passed checks are reported (kube-openapi's validate.Result).
 */
export class Findings {
  /** Created on demand: most values have no errors. */
  #causes: Map<string, StatusCause> | undefined;
  #length = 0;
  matches = 0;

  get causes(): readonly StatusCause[] {
    return this.#causes === undefined ? [] : [...this.#causes.values()];
  }

  get valid(): boolean {
    return this.#causes === undefined;
  }

  get full(): boolean {
    return this.#causes !== undefined && (this.#causes.size >= maxCauses || this.#length >= maxCauseLength);
  }

  add(text: string, cause: StatusCause): void {
    this.#causes ??= new Map();
    if (this.full || this.#causes.has(text)) return;
    this.#causes.set(text, cause);
    this.#length += lengthOf(cause);
  }

  merge(other: Findings): void {
    if (other.#causes !== undefined) for (const [text, cause] of other.#causes) this.add(text, cause);
    this.matches += other.matches;
  }

  /** Removes the causes and keeps the number of passed checks. */
  forgive(): void {
    this.#causes = undefined;
    this.#length = 0;
  }
}

/** Returns the field for a path. Names of fields are printed unchanged, whatever they contain. */
export function fieldOf(path: string): string {
  return path === '' ? NO_FIELD : path;
}

const body = (path: string, text: string): string => `${path} in body ${text}`;

/** Adds a cause for a condition that the value does not fulfil. */
export function unmet(found: Findings, path: string, value: Json, text: string): void {
  const message = body(path, text);
  found.add(message, invalidValue(fieldOf(path), value, message));
}

/** Adds a cause for a wrong type. `actual` is the actual type, or the text that does not match the format. */
export function wrongType(found: Findings, path: string, type: string, actual: string, shown: string): void {
  const message = body(path, `must be of type ${type}: ${shown}`);
  found.add(message, typeInvalid(fieldOf(path), actual, message));
}

/** Adds a failure that upstream reports without a path. */
export function unplaced(found: Findings, text: string): void {
  found.add(text, invalidValue(NO_FIELD, '', text));
}

export function missing(found: Findings, path: string, name: string): void {
  found.add(body(`${path}.${name}`, 'is required'), required(fieldPath(path, name)));
}

export function forbiddenField(found: Findings, path: string, name: string): void {
  const message = body(`${path}.${name}`, 'is a forbidden property');
  found.add(message, invalidValue(fieldOf(path), name, message));
}

export function longerThan(found: Findings, path: string, max: number): void {
  found.add(body(path, `should be at most ${max} chars long`), tooLong(fieldOf(path), max));
}

export function moreThan(
  found: Findings,
  path: string,
  what: 'items' | 'properties',
  actual: number,
  max: number,
): void {
  found.add(body(path, `should have at most ${max} ${what}`), tooMany(fieldOf(path), actual, max));
}

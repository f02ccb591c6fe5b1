/**
 * The results of a validation: causes without duplicates, up to a maximum, and the number of passed checks.
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import type { Json } from '../object.ts';
import { quoted } from '../quote.ts';
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
  /** The number of passed checks. */
  matches = 0;

  get causes(): readonly StatusCause[] {
    return this.#causes === undefined ? [] : [...this.#causes.values()];
  }

  get valid(): boolean {
    return this.#causes === undefined;
  }

  /** True when a maximum is reached. Further causes are dropped. */
  get full(): boolean {
    return this.#causes !== undefined && (this.#causes.size >= maxCauses || this.#length >= maxCauseLength);
  }

  /** Adds a cause, unless there is one with the same text. */
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
  clearCauses(): void {
    this.#causes = undefined;
    this.#length = 0;
  }
}

/** Returns the field of a cause for a path. */
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
export function wrongType(found: Findings, path: string, type: string, actual: string): void {
  const message = body(path, `must be of type ${type}: ${quoted(actual)}`);
  found.add(message, typeInvalid(fieldOf(path), actual, message));
}

/** Adds a cause that upstream reports without a field. */
export function failedWithoutField(found: Findings, text: string): void {
  found.add(text, invalidValue(NO_FIELD, '', text));
}

/** Adds a cause for a required property that is missing. */
export function missingProperty(found: Findings, path: string, name: string): void {
  found.add(body(`${path}.${name}`, 'is required'), required(fieldPath(path, name)));
}

/** Adds a cause for a property that is not allowed. */
export function forbiddenProperty(found: Findings, path: string, name: string): void {
  const message = body(`${path}.${name}`, 'is a forbidden property');
  found.add(message, invalidValue(fieldOf(path), name, message));
}

/** Adds a cause for a text that is longer than the maximum. */
export function longerThan(found: Findings, path: string, max: number): void {
  found.add(body(path, `should be at most ${max} chars long`), tooLong(fieldOf(path), max));
}

/** Adds a cause for a list or object with more items or properties than the maximum. */
export function moreThan(
  found: Findings,
  path: string,
  actual: number,
  { max, unit }: { readonly max: number; readonly unit: 'items' | 'properties' },
): void {
  found.add(body(path, `should have at most ${max} ${unit}`), tooMany(fieldOf(path), actual, max));
}

import type { StatusCause } from '../api-error.ts';
import type { Json } from '../object.ts';
import { fieldPath } from './json-value.ts';
import { invalidValue, NO_FIELD, required, tooLong, tooMany, typeInvalid } from './field-causes.ts';

/** No more causes are looked for than this: a list of a million wrong items makes one answer, not a million. */
export const maxCauses = 200;

/** Nor more characters: paths and values are the client's, and may be long. */
export const maxCauseLength = 262_144;

const lengthOf = ({ message = '', field = '' }: StatusCause): number => message.length + field.length;

/** The first causes, as many as are told. */
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
 * What a value has against it, by the text that upstream compares errors by, and how many checks were passed: of the alternatives of
 * an `anyOf`, the errors of the one with the most are told (kube-openapi's validate.Result).
 */
export class Findings {
  /** Made when it is needed: most values have nothing against them. */
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

  /** What was checked stays checked, and nothing is wrong with it. */
  forgive(): void {
    this.#causes = undefined;
    this.#length = 0;
  }
}

/** Where a value is. Names of fields are written as they are, whatever they hold. */
export function fieldOf(path: string): string {
  return path === '' ? NO_FIELD : path;
}

const body = (path: string, text: string): string => `${path} in body ${text}`;

/** A condition that a value does not meet. */
export function unmet(found: Findings, path: string, value: Json, text: string): void {
  const message = body(path, text);
  found.add(message, invalidValue(fieldOf(path), value, message));
}

/** `given` names what was there instead: a type, or the text that is not of a format. */
export function wrongType(found: Findings, path: string, type: string, given: string, shown: string): void {
  const message = body(path, `must be of type ${type}: ${shown}`);
  found.add(message, typeInvalid(fieldOf(path), given, message));
}

/** A failure that upstream tells without saying where. */
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

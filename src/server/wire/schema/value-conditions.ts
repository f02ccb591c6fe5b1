/**
 * Checks of single values (kube-openapi's validate: type.go, validator.go). Bounds and multiples are compared exactly; upstream cuts off
 * their fractions if the value is an integer.
 * @module
 */
import type { Json } from '../object.ts';
import { notSupported } from './field-causes.ts';
import { fieldOf, type Findings, longerThan, unmet, failedWithoutField, wrongType } from './findings.ts';
import { goFloat, goJson, goNumber, isInt64 } from './go-text.ts';
import { isJsonArray, sameJson } from '../json.ts';
import type { SchemaType } from './schema.ts';
import type { Structural } from './structural.ts';

type ValueKind = SchemaType | 'null';

export function kindOf(value: Json): ValueKind {
  if (value === null) return 'null';
  if (isJsonArray(value)) return 'array';
  if (typeof value === 'number') return isInt64(value) ? 'integer' : 'number';
  return typeof value === 'object' ? 'object' : (typeof value as 'boolean' | 'string');
}

const goFormats: Partial<Record<ValueKind, string>> = { integer: 'int64', number: 'float64' };

/**
 * Checks the type of a value: adds a cause if it is wrong, and counts a match if it is right. If the value is not a string, a format
 * counts as a type.
 */
export function checkType(found: Findings, schema: Structural, kind: ValueKind, path: string): void {
  const { types, format, nullable } = schema;
  const wrong = (type: string, actual: string): void => wrongType(found, path, type, actual);
  if (kind === 'null') {
    if (types.length > 0 && !nullable) wrong(types.join(','), kind);
    else found.matches += 1;
    return;
  }
  const ofType = types.includes(kind) || (kind === 'integer' && types.includes('number'));
  const goFormat = goFormats[kind] ?? '';
  const untyped = types.length === 0 && (kind === 'string' || kind === 'array');
  if (ofType || (format !== '' && untyped)) found.matches += 1;
  else if (format !== '' && kind !== 'string' && kind !== 'array' && goFormat !== format) wrong(format, goFormat);
  else wrong(types.join(','), kind);
}

export function checkText(found: Findings, schema: Structural, value: string, path: string): void {
  const { minLength, maxLength, pattern } = schema;
  const needsLength = minLength !== undefined || maxLength !== undefined;
  const length = needsLength ? codePoints(value) : 0;
  if (maxLength !== undefined && length > maxLength) longerThan(found, path, maxLength);
  else if (minLength !== undefined && length < minLength) {
    unmet(found, path, value, `should be at least ${minLength} chars long`);
  } else if (pattern !== undefined && !pattern.matches(value)) {
    unmet(found, path, value, `should match '${pattern.source}'`);
  }
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

export function checkFormat(found: Findings, schema: Structural, value: string, path: string): void {
  if (schema.ofFormat?.(value) === false) wrongType(found, path, schema.format, value);
}

function rangeOf({ types, format }: Structural, value: number): string | undefined {
  if (types.length !== 1) return undefined;
  if (types[0] === 'integer') {
    const fits = isInt64(value) && (format !== 'int32' || (value >= -(2 ** 31) && value < 2 ** 31));
    if (!fits) return format === '' ? 'integer (default format)' : `integer with format ${format}`;
  }
  return format === 'float' && !Number.isFinite(Math.fround(value)) ? 'number with format float' : undefined;
}

/** Returns whether a value is a multiple of a factor. It tolerates the rounding errors of binary fractions. */
function isMultiple(value: number, factor: number): boolean {
  const quotient = value / factor;
  const nearest = Math.round(quotient);
  return Math.abs(quotient - nearest) <= 1e-9 * (Math.abs(quotient) + Math.abs(nearest)) || quotient === nearest;
}

export function checkNumber(found: Findings, schema: Structural, value: number, path: string): void {
  const { multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const range = rangeOf(schema, value);
  if (range !== undefined) failedWithoutField(found, `Checked value must be of type ${range} in ${path}`);
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    unmet(found, path, value, `should be a multiple of ${shownBound(value, multipleOf)}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    const comparison = exclusiveMinimum ? 'greater than' : 'greater than or equal to';
    unmet(found, path, value, `should be ${comparison} ${shownBound(value, minimum)}`);
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    const comparison = exclusiveMaximum ? 'less than' : 'less than or equal to';
    unmet(found, path, value, `should be ${comparison} ${shownBound(value, maximum)}`);
  }
}

/** Returns a bound as Go prints it: as an integer if the value is an integer, otherwise as a float64. */
const shownBound = (value: number, bound: number): string => (isInt64(value) ? goNumber(bound) : goFloat(bound));

/** Checks that a value is in the enumeration. Like upstream, `null` never is, not even if the enumeration contains it. */
export function checkEnum(found: Findings, schema: Structural, value: Json, path: string): void {
  const { enum: allowed } = schema;
  if (allowed.length === 0 || (value !== null && allowed.some((one) => sameJson(one, value)))) return;
  const texts = allowed.map((one) => (typeof one === 'string' ? one : goJson(one)));
  const shown = `${path} in body should be one of ${texts.join(' ')}`;
  found.add(shown, notSupported(fieldOf(path), value, texts));
}

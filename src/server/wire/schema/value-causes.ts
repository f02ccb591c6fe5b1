/**
 * Validation of a value against a schema, in the order and with the texts of kube-openapi's validate. It includes apiextensions'
 * validation/ratcheting: problems in unchanged values are accepted.
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import type { Json } from '../object.ts';
import { quoted } from '../quote.ts';
import { Findings, forbiddenProperty, missingProperty, moreThan, unmet, failedWithoutField } from './findings.ts';
import { goJson } from './go-text.ts';
import { type JsonObject, isJsonArray, isJsonObject, memberOf, sameJson } from '../json.ts';
import { fieldPath } from './field-causes.ts';
import type { Structural } from './structural.ts';
import { checkEnum, checkFormat, checkNumber, checkText, checkType, kindOf } from './value-conditions.ts';

/** The value before an update. */
interface Before {
  readonly value: Json;
}

/** The path of a value, and the value before the update. It is undefined for a new value, and for a value that is always checked. */
interface Place {
  readonly path: string;
  readonly before: Before | undefined;
}

const beforeOf = (value: Json | undefined): Before | undefined => (value === undefined ? undefined : { value });

/** Returns the field before the update, by its name. The kind and apiVersion of the object itself are always checked. */
function fieldBefore(before: Before | undefined, path: string, name: string): Before | undefined {
  if (!isJsonObject(before?.value) || (path === '' && (name === 'kind' || name === 'apiVersion'))) return undefined;
  return beforeOf(memberOf(before.value, name));
}

/** Returns a function from an item to the item before the update. Only the items of list maps have keys by which to find it. */
function itemsBefore(before: Before | undefined, schema: Structural): (item: Json) => Before | undefined {
  const { listType, listMapKeys } = schema;
  if (listType !== 'map' || !isJsonArray(before?.value)) return () => undefined;
  const keyOf = (item: JsonObject<Json>): string => goJson(listMapKeys.map((key) => memberOf(item, key) ?? null));
  const itemsByKey = new Map(
    before.value.flatMap((item) => (isJsonObject(item) ? [[keyOf(item), item] as const] : [])),
  );
  return (item) => (isJsonObject(item) ? beforeOf(itemsByKey.get(keyOf(item))) : undefined);
}

function bestOf(failures: readonly Findings[]): Findings | undefined {
  return failures.reduce<Findings | undefined>(
    (best, one) => (best === undefined || one.matches > best.matches ? one : best),
    undefined,
  );
}

/** Checks the alternatives. Ratcheting does not apply to them. */
function checkAlternatives(found: Findings, schema: Structural, value: Json, path: string): void {
  const { anyOf, oneOf, allOf, not } = schema;
  if (anyOf.length > 0) {
    const failures: Findings[] = [];
    let success: Findings | undefined;
    for (const one of anyOf) {
      const result = check(one, value, path);
      if (result.valid) {
        success = result;
        break;
      }
      failures.push(result);
    }
    if (success === undefined) failedWithoutField(found, `${quoted(path)} must validate at least one schema (anyOf)`);
    const reported = success ?? bestOf(failures);
    if (reported !== undefined) found.merge(reported);
  }
  if (oneOf.length > 0) {
    const results = oneOf.map((one) => check(one, value, path));
    const successes = results.filter((one) => one.valid);
    if (successes.length !== 1) {
      const count = successes.length === 0 ? 'Found none valid' : `Found ${successes.length} valid alternatives`;
      failedWithoutField(found, `${quoted(path)} must validate one and only one schema (oneOf). ${count}`);
    }
    const reported = successes.length === 0 ? bestOf(results) : successes.length === 1 ? successes[0] : undefined;
    if (reported !== undefined) found.merge(reported);
  }
  if (allOf.length > 0) {
    const results = allOf.map((one) => check(one, value, path));
    const successes = results.filter((one) => one.valid).length;
    for (const result of results) found.merge(result);
    if (successes !== allOf.length) {
      const none = successes === 0 ? '. None validated' : '';
      failedWithoutField(found, `${quoted(path)} must validate all the schemas (allOf)${none}`);
    }
  }
  if (not !== undefined && check(not, value, path).valid) {
    failedWithoutField(found, `${quoted(path)} must not validate the schema (not)`);
  }
  found.matches += 1;
}

function checkItems(found: Findings, schema: Structural, list: readonly Json[], { path, before }: Place): void {
  const { items, minItems, maxItems } = schema;
  if (items !== undefined) {
    const itemBefore = itemsBefore(before, schema);
    for (const [index, item] of list.entries()) {
      if (found.full) break;
      found.merge(check(items, item, `${path}[${index}]`, itemBefore(item)));
    }
  }
  if (minItems !== undefined && list.length < minItems) {
    unmet(found, path, list.length, `should have at least ${minItems} items`);
  }
  if (maxItems !== undefined && list.length > maxItems) {
    moreThan(found, path, list.length, { max: maxItems, unit: 'items' });
  }
  found.matches += 1;
}

function checkFields(found: Findings, schema: Structural, object: JsonObject<Json>, { path, before }: Place): void {
  const { properties, additionalProperties: others, minProperties, maxProperties } = schema;
  const names = Object.keys(object);
  if (minProperties !== undefined && names.length < minProperties) {
    unmet(found, path, names.length, `should have at least ${minProperties} properties`);
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    moreThan(found, path, names.length, { max: maxProperties, unit: 'properties' });
  }
  const checkField = (name: string, field: Structural, at: string): void => {
    const value = memberOf(object, name);
    if (value !== undefined && !found.full) found.merge(check(field, value, at, fieldBefore(before, path, name)));
  };
  if (others !== undefined && others !== true) {
    for (const name of names) {
      if (properties.has(name)) continue;
      if (others === false) forbiddenProperty(found, path, name);
      else checkField(name, others, `${path}.${name}`);
    }
  }
  for (const [name, field] of properties) checkField(name, field, fieldPath(path, name));
  for (const name of schema.required) if (!Object.hasOwn(object, name)) missingProperty(found, path, name);
}

const isTyped = ({ types, format }: Structural): boolean => types.length > 0 || format !== '';

/** Runs the checks that apply to a value. Each check counts as a match. */
function checkValue(found: Findings, schema: Structural, value: Json, place: Place): void {
  const { path } = place;
  const kind = kindOf(value);
  // This is the only check of null.
  if (value === null) {
    checkType(found, schema, kind, path);
    checkEnum(found, schema, value, path);
    return;
  }
  if (isTyped(schema)) {
    checkType(found, schema, kind, path);
    found.matches += 1;
  }
  checkAlternatives(found, schema, value, path);
  if (typeof value === 'string') {
    checkText(found, schema, value, path);
    checkFormat(found, schema, value, path);
    found.matches += schema.ofFormat === undefined ? 1 : 2;
  } else if (typeof value === 'number') {
    checkNumber(found, schema, value, path);
    found.matches += 2;
  } else if (isJsonArray(value)) {
    checkItems(found, schema, value, place);
    found.matches += 1;
  }
  checkEnum(found, schema, value, path);
  if (isJsonObject(value)) {
    checkFields(found, schema, value, place);
    found.matches += 1;
  }
  // The alternatives, the enumeration, and the value as a whole.
  found.matches += 3;
}

function check(schema: Structural, value: Json, path: string, before?: Before): Findings {
  const found = new Findings();
  checkValue(found, schema, value, { path, before });
  if (!found.valid && before !== undefined && sameJson(before.value, value)) found.clearCauses();
  return found;
}

/**
 * Returns the causes for a value. With `old`, the value before an update, unchanged values may stay invalid: fields are matched by name,
 * items of list maps by key, other lists as a whole.
 */
export function valueCauses(value: Json, schema: Structural, old?: Json): readonly StatusCause[] {
  return check(schema, value, '', beforeOf(old)).causes;
}

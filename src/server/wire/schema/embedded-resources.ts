/**
 * Validation of resources that are embedded in a resource (apiextensions' schema/objectmeta). Malformed metadata leads to a 422 here.
 * Upstream responds that it cannot decode the object.
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import { labelValueMessage, pathSegmentNameMessage, qualifiedNameMessage } from '../../../object-meta/names.ts';
import type { Json } from '../object.ts';
import { invalidValue, required, fieldPath } from './field-causes.ts';
import { type JsonObject, isJsonArray, isJsonObject, memberOf } from '../json.ts';
import { fieldSchema, type Structural } from './structural.ts';

const kindText =
  "may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

const kindPattern = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/i;

function* apiVersionCauses(value: Json, path: string): Iterable<StatusCause> {
  if (typeof value !== 'string') yield invalidValue(path, value, 'must be a string');
  else if (value === '') yield invalidValue(path, value, 'must not be empty');
  else if (value.split('/').length > 2) yield invalidValue(path, value, `unexpected GroupVersion string: ${value}`);
}

function* kindCauses(value: Json, path: string): Iterable<StatusCause> {
  if (typeof value !== 'string') yield invalidValue(path, value, 'must be a string');
  else if (value === '') yield invalidValue(path, value, 'must not be empty');
  else if (!kindPattern.test(value)) yield invalidValue(path, value, kindText);
}

function textsOf(value: Json | undefined): readonly (readonly [string, string])[] | undefined {
  if (value === undefined || value === null) return [];
  if (!isJsonObject(value)) return undefined;
  const texts: [string, string][] = [];
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return undefined;
    texts.push([key, text]);
  }
  return texts;
}

function* metadataCauses(metadata: Json, path: string): Iterable<StatusCause> {
  if (!isJsonObject(metadata)) {
    yield invalidValue(path, metadata, 'must be an object');
    return;
  }
  const name = memberOf(metadata, 'name') ?? '';
  const nameProblem = typeof name === 'string' ? pathSegmentNameMessage(name) : 'must be a string';
  if (nameProblem !== undefined) yield invalidValue(`${path}.name`, name, nameProblem);
  const labels = textsOf(memberOf(metadata, 'labels'));
  if (labels === undefined) yield invalidValue(path, metadata, 'labels must be texts by key');
  for (const [key, value] of labels ?? []) {
    const keyProblem = qualifiedNameMessage(key);
    if (keyProblem !== undefined) yield invalidValue(`${path}.labels`, key, keyProblem);
    const valueProblem = labelValueMessage(value);
    if (valueProblem !== undefined) yield invalidValue(`${path}.labels`, value, valueProblem);
  }
  const annotations = textsOf(memberOf(metadata, 'annotations'));
  if (annotations === undefined) yield invalidValue(path, metadata, 'annotations must be texts by key');
  for (const [key] of annotations ?? []) {
    const problem = qualifiedNameMessage(key.toLowerCase());
    if (problem !== undefined) yield invalidValue(`${path}.annotations`, key, problem);
  }
}

function* resourceCauses(object: JsonObject<Json>, path: string): Iterable<StatusCause> {
  for (const [field, causes] of [
    ['apiVersion', apiVersionCauses],
    ['kind', kindCauses],
  ] as const) {
    const at = fieldPath(path, field);
    const value = memberOf(object, field);
    if (value === undefined) yield required(at);
    else yield* causes(value, at);
  }
  const metadata = memberOf(object, 'metadata');
  if (metadata !== undefined) yield* metadataCauses(metadata, fieldPath(path, 'metadata'));
}

function* inValue(value: Json, schema: Structural, path: string): Iterable<StatusCause> {
  if (!schema.holdsResources) return;
  if (isJsonArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) yield* inValue(item, items, `${path}[${index}]`);
  } else if (isJsonObject(value)) {
    if (schema.embeddedResource) yield* resourceCauses(value, path);
    for (const [key, field] of Object.entries(value)) {
      const next = fieldSchema(schema, key);
      if (next === undefined) continue;
      const own = schema.properties.has(key);
      yield* inValue(field, next, own ? fieldPath(path, key) : `${path}[${key}]`);
    }
  }
}

/**
 * Returns the problems with the identity of embedded resources: apiVersion and kind, and the names, labels and annotations of their
 * metadata (not owners, finalizers and managed fields).
 */
export function embeddedResourceCauses(object: Json, schema: Structural): Iterable<StatusCause> {
  return inValue(object, schema, '');
}

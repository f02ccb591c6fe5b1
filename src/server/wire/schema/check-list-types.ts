/**
 * Check of the extensions for lists and maps in a schema (apiextensions' validation of CustomResourceDefinitions).
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import { asJson, forbiddenCause, invalidValue, notSupported, required } from './field-causes.ts';
import type { Schema } from './schema.ts';

const listTypes = ['atomic', 'set', 'map'];
const mapTypes = ['atomic', 'granular'];

function mustBe(type: 'array' | 'object', extension: string, schema: Schema, path: string): readonly StatusCause[] {
  if (schema.type === type) return [];
  const detail = `must be ${type} if ${extension} is specified`;
  return [
    schema.type === undefined ? required(`${path}.type`, detail) : invalidValue(`${path}.type`, schema.type, detail),
  ];
}

function* setItemProblems(items: Schema, path: string): Iterable<StatusCause> {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items['x-kubernetes-list-type'];
  const mapType = items['x-kubernetes-map-type'];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') {
    yield invalidValue(`${path}.x-kubernetes-list-type`, listType, detail);
  }
  if (items.type === 'object' && mapType !== 'atomic') {
    yield invalidValue(`${path}.x-kubernetes-map-type`, asJson(mapType), detail);
  }
}

function* mapKeyProblems(keys: readonly string[], items: Schema, path: string): Iterable<StatusCause> {
  const fields = new Map(Object.entries(items.properties ?? {}));
  const at = `${path}.x-kubernetes-list-map-keys`;
  for (const [index, key] of keys.entries()) {
    const field = fields.get(key);
    const fieldPath = `${path}.items.properties[${key}]`;
    if (keys.indexOf(key) !== index) yield invalidValue(at, keys, 'must not contain duplicate entries');
    if (field === undefined) {
      yield invalidValue(at, keys, 'entries must all be names of item properties');
      continue;
    }
    if (field.type === 'array' || field.type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      yield invalidValue(`${fieldPath}.type`, field.type, detail);
    }
    const isAlwaysSet = items.required?.includes(key) === true || (field.default ?? undefined) !== undefined;
    const because = 'this property is in x-kubernetes-list-map-keys, so it';
    if (!isAlwaysSet)
      yield required(`${fieldPath}.default`, `${because} must have a default or be a required property`);
    if (field.nullable === true) yield forbiddenCause(`${fieldPath}.nullable`, `${because} cannot be nullable`);
  }
}

function* listMapProblems(schema: Schema, path: string): Iterable<StatusCause> {
  const { items, 'x-kubernetes-list-map-keys': keys = [] } = schema;
  if (keys.length === 0) {
    yield required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map');
  }
  if (items === undefined) {
    yield required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map');
  } else if (items.type === 'object') {
    yield* mapKeyProblems(keys, items, path);
  } else {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    yield invalidValue(`${path}.items.type`, items.type ?? '', detail);
  }
}

/** Returns the problems with the list and map types of one schema. */
export function* listTypeProblems(schema: Schema, path: string): Iterable<StatusCause> {
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType !== undefined) {
    yield* mustBe('object', 'x-kubernetes-map-type', schema, path);
    if (!mapTypes.includes(mapType)) yield notSupported(`${path}.x-kubernetes-map-type`, mapType, mapTypes);
  }
  const { items, 'x-kubernetes-list-type': listType, 'x-kubernetes-list-map-keys': keys = [] } = schema;
  const at = `${path}.x-kubernetes-list-type`;
  if (listType !== undefined) {
    yield* mustBe('array', 'x-kubernetes-list-type', schema, path);
    if (!listTypes.includes(listType)) yield notSupported(at, listType, listTypes);
  }
  if (keys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    yield listType === undefined ? required(at, detail) : invalidValue(at, listType, detail);
  }
  if (listType === 'map') yield* listMapProblems(schema, path);
  if (items === undefined || (listType !== 'map' && listType !== 'set')) return;
  if (listType === 'set' && schema.type === 'array') yield* setItemProblems(items, `${path}.items`);
  if (items.nullable === true) {
    yield forbiddenCause(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`);
  }
}

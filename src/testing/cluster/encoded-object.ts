import { apiVersionOf } from './resource-kind.ts';
import type { ResourceKind } from './resource-kind.ts';
import type { StoredObject } from '../../server/wire/writes/stored-object.ts';

/** JSON of an object without kind, apiVersion and the opening brace; made once, kept as long as the object. */
const bodies = new WeakMap<StoredObject, string>();

const bodyOf = (object: StoredObject): string => {
  const known = bodies.get(object);
  if (known !== undefined) return known;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  const body = JSON.stringify(rest).slice(1);
  bodies.set(object, body);
  return body;
};

/** The JSON of an object. */
export const objectJson = (object: StoredObject): string =>
  `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},${bodyOf(object)}`;

/** The JSON of a list of objects; those of built-in kinds carry no kind and apiVersion there. */
export const listJson = (kind: ResourceKind, objects: readonly StoredObject[], metadata: object): string => {
  const items = objects.map((object) => (kind.builtIn === true ? `{${bodyOf(object)}` : objectJson(object))).join(',');
  return `{"kind":"${kind.kind}List","apiVersion":"${apiVersionOf(kind)}","metadata":${JSON.stringify(metadata)},"items":[${items}]}`;
};

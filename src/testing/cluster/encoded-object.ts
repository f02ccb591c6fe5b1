import { apiVersionOf } from './resource-kind.ts';
import type { ResourceKind } from './resource-kind.ts';
import type { CompleteObject } from '../../server/wire/writes/complete-object.ts';

/** JSON of an object without kind, apiVersion and the opening brace; made once, kept as long as the object. */
const bodies = new WeakMap<CompleteObject, string>();

const bodyOf = (object: CompleteObject): string => {
  const known = bodies.get(object);
  if (known !== undefined) return known;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  const body = JSON.stringify(rest).slice(1);
  bodies.set(object, body);
  return body;
};

/** The JSON of an object. */
export function objectJson(object: CompleteObject): string {
  return `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},${bodyOf(object)}`;
}

/** The JSON of a list of objects; those of built-in kinds carry no kind and apiVersion there. */
export function listJson(kind: ResourceKind, objects: readonly CompleteObject[], metadata: object): string {
  const items = objects.map((object) => (kind.builtIn === true ? `{${bodyOf(object)}` : objectJson(object))).join(',');
  return `{"kind":"${kind.kind}List","apiVersion":"${apiVersionOf(kind)}","metadata":${JSON.stringify(metadata)},"items":[${items}]}`;
}

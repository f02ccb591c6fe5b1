/**
 * The object in the body of a write, completed from the path (conformance 6.2, 6.3).
 * @module
 */
import type { KubernetesObject } from '../../../server/wire/object.ts';
import { badRequest } from '../../../server/wire/status.ts';
import { apiVersionOf } from '../../../server/wire/writes/written-kind.ts';

/** The object that the path of a request names. */
export interface ObjectTarget {
  readonly namespace: string;
  /** Empty for a create. */
  readonly name: string;
}

interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/**
 * Returns the object of a request. The body may omit the namespace and the name, which are in the path, but must not contradict them.
 * @throws ApiError 400
 */
export function requestObject(
  body: unknown,
  expected: ExpectedKind,
  { namespace, name }: ObjectTarget,
): KubernetesObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest('the body of the request is not an object');
  const object = body as KubernetesObject;
  const apiVersion = apiVersionOf(expected);
  if (object.apiVersion !== undefined && object.apiVersion !== '' && object.apiVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (object.kind !== undefined && object.kind !== '' && object.kind !== expected.kind) {
    throw badRequest(
      `${object.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: no kind ${JSON.stringify(object.kind)} is registered for it`,
    );
  }
  const { metadata = {} } = object;
  if (typeof metadata !== 'object' || metadata === null) throw badRequest('metadata of the object is not an object');
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (name !== '' && metadata.name && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  return {
    ...object,
    metadata: { ...metadata, ...(namespace === '' ? {} : { namespace }), ...(name === '' ? {} : { name }) },
  };
}

/**
 * Reads an object of a request: its kind, and metadata of the right types (api-semantics 6.2 to 6.4). The other fields may be of any type;
 * the schema of the resource checks them later.
 * @module
 */
import { invalidField } from '../wire/field-error.ts';
import type { KubernetesObject, ObjectMeta } from '../wire/object.ts';
import { type ApiError, badRequest, invalid } from '../wire/status.ts';
import { readObjectMeta } from '../wire/writes/object-meta.ts';
import { apiVersionOf, type WrittenKind } from '../wire/writes/written-kind.ts';
import type { ObjectSource } from './field-validation.ts';

/** The namespace and name of an object in the path of a request. */
export interface ObjectPlace {
  readonly namespace: string;
  /** Empty for a create. */
  readonly name: string;
}

/** An object with metadata of the types that it must have. */
export interface ReadObject {
  readonly object: KubernetesObject;
  /** Paths of unknown fields of metadata. They have been removed from the object. */
  readonly unknown: readonly string[];
}

/** The maximum number of characters of a body that an error message repeats. */
const MAX_ECHO_LENGTH = 1024;

/** Reads an object. @throws ApiError 400; 422 for the result of a patch */
export function readObject(value: unknown, kind: WrittenKind, place: ObjectPlace, source: ObjectSource): ReadObject {
  const object = typed(value, kind, source);
  const metadata = readObjectMeta(object.metadata);
  if ('problem' in metadata) throw undecodable(object, kind, source, metadata.problem);
  requireKind(object, metadata.value, kind, source);
  return { object: { ...object, metadata: placed(metadata.value, kind, place) }, unknown: metadata.unknown ?? [] };
}

/** Checks that the value is an object with an apiVersion and a kind. */
function typed(value: unknown, kind: WrittenKind, source: ObjectSource): KubernetesObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unrecognized(value, kind, source, 'the body of the request is not an object');
  }
  const { apiVersion = '', kind: given = '' } = value as Readonly<Record<string, unknown>>;
  if (source === 'apply') {
    if (apiVersion === apiVersionOf(kind) && given === kind.kind) return value;
    const groupVersion = apiVersion === '' || apiVersion === null ? '/' : echo(apiVersion);
    throw badRequest(`invalid object type: ${groupVersion}, Kind=${echo(given)}`);
  }
  if (typeof given !== 'string' || given === '') {
    throw unrecognized(value, kind, source, `Object 'Kind' is missing in '${echo(value)}'`);
  }
  if (typeof apiVersion !== 'string') throw unrecognized(value, kind, source, 'apiVersion is not text');
  if (apiVersion.split('/').length > 2) {
    throw unrecognized(value, kind, source, `unexpected GroupVersion string: ${echo(apiVersion)}`);
  }
  return value;
}

function requireKind(
  object: KubernetesObject,
  { name = '' }: ObjectMeta,
  kind: WrittenKind,
  source: ObjectSource,
): void {
  const { apiVersion: givenVersion = '', kind: givenKind = '' } = object;
  const apiVersion = apiVersionOf(kind);
  if (givenVersion !== apiVersion) {
    if (source === 'patch') {
      const cause = invalidField('apiVersion', givenVersion, `must be ${apiVersion}`);
      throw invalid({ group: kind.group, kind: givenKind }, name, [cause]);
    }
    const text = `the API version in the data (${echo(givenVersion)}) does not match the expected API version (${apiVersion})`;
    throw badRequest(text);
  }
  if (givenKind === kind.kind) return;
  const cause = invalidField('kind', givenKind, `must be ${kind.kind}`);
  throw invalid({ group: kind.group, kind: givenKind }, name, [cause]);
}

/** The metadata with the namespace of the path. It may omit name and namespace, but not contradict the path. @throws ApiError 400 */
export function placed(
  metadata: ObjectMeta,
  { namespaced = true }: Pick<WrittenKind, 'namespaced'>,
  { namespace, name }: ObjectPlace,
): ObjectMeta {
  const { namespace: givenNamespace = '', name: givenName = '', ...rest } = metadata;
  if (name !== '' && givenName === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (name !== '' && givenName !== name) {
    throw badRequest(`the name of the object (${echo(givenName)}) does not match the name on the URL (${name})`);
  }
  if (namespaced && givenNamespace !== '' && givenNamespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return { name: givenName, ...(namespaced ? { namespace } : {}), ...rest };
}

function unrecognized(value: unknown, kind: WrittenKind, source: ObjectSource, problem: string): ApiError {
  return source === 'patch'
    ? invalidPatch(value, problem)
    : badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${problem}`);
}

function undecodable(value: unknown, { kind, version }: WrittenKind, source: ObjectSource, problem: string): ApiError {
  return source === 'patch'
    ? invalidPatch(value, problem)
    : badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${problem}`);
}

/** As upstream, the error of a patch names no kind. */
function invalidPatch(value: unknown, problem: string): ApiError {
  return invalid({ group: '', kind: '' }, '', [invalidField('patch', echo(value), problem)]);
}

function echo(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > MAX_ECHO_LENGTH ? `${text.slice(0, MAX_ECHO_LENGTH)} ...` : text;
}

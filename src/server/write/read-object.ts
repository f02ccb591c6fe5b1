/**
 * Reads the object of a request, and checks its kind and the types of its metadata (conformance 6.2 to 6.4). The schema of the resource
 * checks the other fields later.
 * @module
 */
import { invalidField } from '../wire/field-error.ts';
import type { KubernetesObject, ObjectMeta } from '../wire/object.ts';
import { type ApiError, badRequest, invalid } from '../wire/status.ts';
import { readObjectMeta } from '../../object-meta/object-meta.ts';
import { apiVersionOf, type WrittenKind } from '../wire/writes/written-kind.ts';
import type { ObjectSource } from './field-validation.ts';

/** The namespace and name of an object in the path of a request. */
export interface NamespacedName {
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

/** The maximum number of characters of a body that an error message quotes. */
const MAX_ECHO_LENGTH = 1024;

/** Reads an object. @param path the namespace and name in the path of the request @throws ApiError 400; 422 for the result of a patch */
export function readObject(value: unknown, kind: WrittenKind, path: NamespacedName, source: ObjectSource): ReadObject {
  const object = typed(value, kind, source);
  const metadata = readObjectMeta(object.metadata);
  if ('problem' in metadata) throw undecodable(object, kind, source, metadata.problem);
  requireKind(object, metadata.value, kind, source);
  return {
    object: { ...object, metadata: withPathNamespace(named(metadata.value, path, source), kind, path) },
    unknown: metadata.unknown ?? [],
  };
}

/** Returns the metadata with a name. An apply configuration may omit it, if the object exists. */
function named(metadata: ObjectMeta, { name }: NamespacedName, source: ObjectSource): ObjectMeta {
  return source === 'apply' && (metadata.name ?? '') === '' ? { ...metadata, name } : metadata;
}

/** @throws ApiError 400 if a configuration that would create an object omits its name */
export function requireName(configuration: unknown, { name }: NamespacedName): void {
  const { metadata } = configuration as KubernetesObject;
  if ((metadata?.name ?? '') === '') throw undeterminableName(name);
}

function undeterminableName(name: string): ApiError {
  return badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
}

/** Returns the value as an object with an apiVersion and a kind. @throws ApiError */
function typed(value: unknown, kind: WrittenKind, source: ObjectSource): KubernetesObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unrecognized(value, kind, source, 'the body of the request is not an object');
  }
  const { apiVersion = '', kind: sentKind = '' } = value as Readonly<Record<string, unknown>>;
  if (source === 'apply') {
    if (apiVersion === apiVersionOf(kind) && sentKind === kind.kind) return value;
    const groupVersion = apiVersion === '' || apiVersion === null ? '/' : echo(apiVersion);
    throw badRequest(`invalid object type: ${groupVersion}, Kind=${echo(sentKind)}`);
  }
  if (typeof sentKind !== 'string' || sentKind === '') {
    throw unrecognized(value, kind, source, `Object 'Kind' is missing in '${echo(value)}'`);
  }
  if (typeof apiVersion !== 'string') throw unrecognized(value, kind, source, 'apiVersion must be a string');
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
  const { apiVersion: sentVersion = '', kind: sentKind = '' } = object;
  const apiVersion = apiVersionOf(kind);
  if (sentVersion !== apiVersion) {
    if (source === 'patch') {
      const cause = invalidField('apiVersion', sentVersion, `must be ${apiVersion}`);
      throw invalid({ group: kind.group, kind: sentKind }, name, [cause]);
    }
    const text = `the API version in the data (${echo(sentVersion)}) does not match the expected API version (${apiVersion})`;
    throw badRequest(text);
  }
  if (sentKind === kind.kind) return;
  const cause = invalidField('kind', sentKind, `must be ${kind.kind}`);
  throw invalid({ group: kind.group, kind: sentKind }, name, [cause]);
}

/**
 * Returns the metadata with the namespace of the path. The metadata may omit the namespace, and for a create also the name.
 * @throws ApiError 400 if the metadata contradicts the path, or omits the name that the path contains
 */
export function withPathNamespace(
  metadata: ObjectMeta,
  { namespaced = true }: Pick<WrittenKind, 'namespaced'>,
  { namespace, name }: NamespacedName,
): ObjectMeta {
  const { namespace: sentNamespace = '', name: sentName = '', ...rest } = metadata;
  if (name !== '' && sentName === '') throw undeterminableName(name);
  if (name !== '' && sentName !== name) {
    throw badRequest(`the name of the object (${echo(sentName)}) does not match the name on the URL (${name})`);
  }
  if (namespaced && sentNamespace !== '' && sentNamespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return { name: sentName, ...(namespaced ? { namespace } : {}), ...rest };
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

/** Returns the error of a patch. It names no kind, as in a kube-apiserver. */
function invalidPatch(value: unknown, problem: string): ApiError {
  return invalid({ group: '', kind: '' }, '', [invalidField('patch', echo(value), problem)]);
}

function echo(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > MAX_ECHO_LENGTH ? `${text.slice(0, MAX_ECHO_LENGTH)} ...` : text;
}

/**
 * The effects of a create, update or delete on an object, as in the generic registry of kube-apiserver (conformance 6.2, 6.3, 6.7).
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { forbiddenField, invalidField } from '../field-error.ts';
import type { KubernetesObject } from '../object.ts';
import { quoted } from '../quote.ts';
import { badRequest, conflict, invalid } from '../status.ts';
import { type CompleteObject, type Draft, jsonCopy } from './complete-object.ts';
import { apiVersionOf, groupResourceOf, type WrittenKind } from './written-kind.ts';

/** The part of an object that a write changes. `main` ignores the status; `status` ignores everything else. */
export type WritePart = 'whole' | 'main' | 'status';

/**
 * The origin of a write. The owner of the storage may set every field. A client cannot choose uid, creationTimestamp and the status of a
 * new object; the server overwrites them.
 */
export type Writer = 'owner' | 'client';

/** The origin of a new object, and the sources of its creation time and uid. */
export interface Creation {
  readonly now: number;
  readonly uid: () => string;
  readonly writer: Writer;
}

/** Returns a timestamp of metadata: whole seconds, UTC. */
export function timestampOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

const hasStatus = (kind: WrittenKind): boolean => kind.statusSubresource !== false;
const countsGenerations = (kind: WrittenKind): boolean => kind.generation !== false;

function isEmpty(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** Returns a copy of the metadata without empty fields, like Go's encoder. */
function metaOf(object: KubernetesObject): Draft {
  return Object.fromEntries(
    Object.entries(jsonCopy(object.metadata ?? {}) as Draft).filter(([, value]) => value !== null && !isEmpty(value)),
  );
}

/** Returns a new object with all server-set fields; only its resourceVersion is empty. The input already has its name. */
export function newObject(kind: WrittenKind, input: KubernetesObject, { now, uid, writer }: Creation): CompleteObject {
  const { resourceVersion, selfLink: _selfLink, ...sent } = metaOf(input);
  if (writer === 'client' && resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const draft = jsonCopy(input) as Draft;
  if (writer === 'client') {
    for (const field of ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'])
      delete sent[field];
    if (hasStatus(kind) && kind.keepsStatusOnCreate !== true) delete draft['status'];
    kind.defaults?.(draft);
  }
  if (kind.namespaced === false) delete sent['namespace'];
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...content } = draft;
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      ...sent,
      name: String(sent['name']),
      uid: typeof sent['uid'] === 'string' ? sent['uid'] : uid(),
      resourceVersion: '',
      ...(countsGenerations(kind)
        ? { generation: typeof sent['generation'] === 'number' ? sent['generation'] : 1 }
        : {}),
      creationTimestamp: typeof sent['creationTimestamp'] === 'string' ? sent['creationTimestamp'] : timestampOf(now),
    },
    ...content,
  };
}

function requireUnchanged(kind: WrittenKind, current: CompleteObject, input: KubernetesObject): void {
  const { name, uid, resourceVersion } = current.metadata;
  const sent = input.metadata ?? {};
  if (sent.uid !== undefined && sent.uid !== '' && sent.uid !== uid) {
    throw conflict(
      groupResourceOf(kind),
      name,
      `Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${uid}`,
    );
  }
  if (sent.resourceVersion === undefined || sent.resourceVersion === '') return;
  if (!/^\d+$/.test(sent.resourceVersion)) throw badRequest(`invalid resource version: ${sent.resourceVersion}`);
  if (sent.resourceVersion !== resourceVersion) {
    throw conflict(
      groupResourceOf(kind),
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }
}

/** Returns the part of an object that `generation` counts. It includes the status if the kind has no status subresource. */
function specOf(kind: WrittenKind, object: CompleteObject): object {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, status, ...spec } = object;
  return hasStatus(kind) ? spec : { ...spec, status };
}

/** The fields of metadata that an update cannot change. A client may send them back. */
const KEPT_METADATA = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
] as const;

/** Returns the object after an update. It is the same object if nothing changes. */
export function updatedObject(
  kind: WrittenKind,
  current: CompleteObject,
  input: KubernetesObject,
  part: WritePart,
): CompleteObject {
  requireUnchanged(kind, current, input);
  requireNoDeletion(kind, current, input);
  const draft = jsonCopy(input) as Draft;
  const metadata: Draft = metaOf(input);
  for (const field of [...KEPT_METADATA, 'resourceVersion'] as const) {
    if (current.metadata[field] === undefined) delete metadata[field];
    else metadata[field] = current.metadata[field];
  }
  delete metadata['selfLink'];
  const whole = { ...draft, apiVersion: current.apiVersion, kind: current.kind, metadata } as unknown as CompleteObject;
  const next = hasStatus(kind) ? combined(current, whole, part) : whole;
  requireNoNewFinalizers(kind, current, next);
  if (isDeepStrictEqual(current, next)) return current;
  if (!countsGenerations(kind) || part === 'status' || isDeepStrictEqual(specOf(kind, current), specOf(kind, next)))
    return next;
  return { ...next, metadata: { ...next.metadata, generation: (current.metadata.generation ?? 0) + 1 } };
}

function combined(current: CompleteObject, next: CompleteObject, part: WritePart): CompleteObject {
  if (part === 'whole') return next;
  const [content, statusFrom] = part === 'main' ? [next, current] : [current, next];
  const { status: _status, ...rest } = content;
  return statusFrom['status'] === undefined ? rest : { ...rest, status: statusFrom['status'] };
}

/**
 * Only a delete marks an object as terminating. Missing fields keep their values.
 * @throws ApiError 422
 */
function requireNoDeletion(kind: WrittenKind, current: CompleteObject, { metadata = {} }: KubernetesObject): void {
  const causes = (['deletionTimestamp', 'deletionGracePeriodSeconds'] as const)
    .filter((field) => metadata[field] !== undefined && metadata[field] !== null)
    .filter((field) => metadata[field] !== current.metadata[field])
    .map((field) => invalidField(`metadata.${field}`, metadata[field], 'field is immutable'));
  if (causes.length > 0) throw invalid({ group: kind.group, kind: kind.kind }, current.metadata.name, causes);
}

function requireNoNewFinalizers(kind: WrittenKind, current: CompleteObject, next: CompleteObject): void {
  if (current.metadata.deletionTimestamp === undefined) return;
  const added = (next.metadata.finalizers ?? []).filter(
    (finalizer) => !(current.metadata.finalizers ?? []).includes(finalizer),
  );
  if (added.length === 0) return;
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map(quoted).join(', ')}}`;
  throw invalid({ group: kind.group, kind: kind.kind }, current.metadata.name, [
    forbiddenField('metadata.finalizers', detail),
  ]);
}

/** Returns the object with the deletion timestamp, waiting for its finalizers. */
export function terminatingObject(kind: WrittenKind, object: CompleteObject, now: number): CompleteObject {
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(countsGenerations(kind) ? { generation: (object.metadata.generation ?? 0) + 1 } : {}),
      deletionTimestamp: timestampOf(now),
      deletionGracePeriodSeconds: 0,
    },
  };
}

/**
 * Checks that a PUT has a resourceVersion if its kind requires one.
 * @throws ApiError 422
 */
export function requireResourceVersion(kind: WrittenKind, object: KubernetesObject): void {
  const { resourceVersion = '' } = object.metadata ?? {};
  if (kind.unconditionalUpdate === true || (resourceVersion !== '' && resourceVersion !== '0')) return;
  const cause = invalidField('metadata.resourceVersion', 0, 'must be specified for an update');
  // Upstream writes the resource in the place of the kind.
  throw invalid({ group: kind.group, kind: kind.plural }, object.metadata?.name ?? '', [cause]);
}

/** Upstream's alphabet. It has no vowels, so that no words arise, and no characters that look alike. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const MAX_BASE_LENGTH = 58;

/** Returns a name made from `metadata.generateName` and five random characters (conformance 6.2). */
export function generatedName(base: string, random: () => number): string {
  const suffix = Array.from(
    { length: SUFFIX_LENGTH },
    () => ALPHABET[Math.floor(random() * ALPHABET.length)] ?? 'b',
  ).join('');
  return `${base.slice(0, MAX_BASE_LENGTH)}${suffix}`;
}

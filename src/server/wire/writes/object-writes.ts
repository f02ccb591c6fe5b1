import { isDeepStrictEqual } from 'node:util';
import { forbiddenField, invalidField } from '../field-error.ts';
import type { KubernetesObject } from '../object.ts';
import { quoted } from '../quote.ts';
import { badRequest, conflict, invalid } from '../status.ts';
import { type CompleteObject, type Draft, jsonCopy } from './complete-object.ts';
import { apiVersionOf, groupResourceOf, type WrittenKind } from './written-kind.ts';

// What the generic registry of kube-apiserver does to an object on its way into the store (api-semantics 6.2, 6.3, 6.7).

/** Which part of an object a write is about: `main` leaves status alone, `status` everything else. */
export type WritePart = 'whole' | 'main' | 'status';

/** Who writes: a client is not believed in what the server decides (uid, creationTimestamp, and status of a new object). */
export type Writer = 'owner' | 'client';

export interface Creation {
  readonly now: number;
  readonly uid: () => string;
  readonly writer: Writer;
}

/** Timestamps of metadata: whole seconds, UTC. */
export function timestampOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

const hasStatus = (kind: WrittenKind): boolean => kind.statusSubresource !== false;
const counts = (kind: WrittenKind): boolean => kind.generation !== false;

function isEmpty(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** A copy of the metadata; what is empty is left out, as Go's encoder does. */
function metaOf(object: KubernetesObject): Draft {
  return Object.fromEntries(
    Object.entries(jsonCopy(object.metadata ?? {}) as Draft).filter(([, value]) => value !== null && !isEmpty(value)),
  );
}

/** A new object, complete but for its resourceVersion (which is empty). It has its name already. */
export function newObject(kind: WrittenKind, input: KubernetesObject, { now, uid, writer }: Creation): CompleteObject {
  const { resourceVersion, selfLink: _selfLink, ...given } = metaOf(input);
  if (writer === 'client' && resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const draft = jsonCopy(input) as Draft;
  if (writer === 'client') {
    for (const field of ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'])
      delete given[field];
    if (hasStatus(kind) && kind.keepsStatusOnCreate !== true) delete draft['status'];
    kind.defaults?.(draft);
  }
  if (kind.namespaced === false) delete given['namespace'];
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...content } = draft;
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      ...given,
      name: String(given['name']),
      uid: typeof given['uid'] === 'string' ? given['uid'] : uid(),
      resourceVersion: '',
      ...(counts(kind) ? { generation: typeof given['generation'] === 'number' ? given['generation'] : 1 } : {}),
      creationTimestamp: typeof given['creationTimestamp'] === 'string' ? given['creationTimestamp'] : timestampOf(now),
    },
    ...content,
  };
}

function requireUnchanged(kind: WrittenKind, current: CompleteObject, input: KubernetesObject): void {
  const { name, uid, resourceVersion } = current.metadata;
  const given = input.metadata ?? {};
  if (given.uid !== undefined && given.uid !== '' && given.uid !== uid) {
    throw conflict(
      groupResourceOf(kind),
      name,
      `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${uid}`,
    );
  }
  if (given.resourceVersion === undefined || given.resourceVersion === '') return;
  if (!/^\d+$/.test(given.resourceVersion)) throw badRequest(`invalid resource version: ${given.resourceVersion}`);
  if (given.resourceVersion !== resourceVersion) {
    throw conflict(
      groupResourceOf(kind),
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }
}

/** Everything that `generation` counts: without a subresource of its own, the status too. */
function specOf(kind: WrittenKind, object: CompleteObject): object {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, status, ...spec } = object;
  return hasStatus(kind) ? spec : { ...spec, status };
}

/** A client may send back what it must not change; it stays as it was. */
const KEPT_METADATA = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
] as const;

/** What an update makes of the current object. The very same object if nothing changes. */
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
  if (!counts(kind) || part === 'status' || isDeepStrictEqual(specOf(kind, current), specOf(kind, next))) return next;
  return { ...next, metadata: { ...next.metadata, generation: (current.metadata.generation ?? 0) + 1 } };
}

function combined(current: CompleteObject, next: CompleteObject, part: WritePart): CompleteObject {
  if (part === 'whole') return next;
  const [content, statusFrom] = part === 'main' ? [next, current] : [current, next];
  const { status: _status, ...rest } = content;
  return statusFrom['status'] === undefined ? rest : { ...rest, status: statusFrom['status'] };
}

/** Nobody marks an object as being deleted but a delete. What is left out stays as it was. */
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

/** The object marked as being deleted, waiting for its finalizers. */
export function terminatingObject(kind: WrittenKind, object: CompleteObject, now: number): CompleteObject {
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(counts(kind) ? { generation: (object.metadata.generation ?? 0) + 1 } : {}),
      deletionTimestamp: timestampOf(now),
      deletionGracePeriodSeconds: 0,
    },
  };
}

/** Throws the 422 of a PUT without the resourceVersion that its kind asks for. */
export function requireResourceVersion(kind: WrittenKind, object: KubernetesObject): void {
  const { resourceVersion = '' } = object.metadata ?? {};
  if (kind.unconditionalUpdate === true || (resourceVersion !== '' && resourceVersion !== '0')) return;
  const cause = invalidField('metadata.resourceVersion', 0, 'must be specified for an update');
  // Upstream puts the resource where a kind is expected.
  throw invalid({ group: kind.group, kind: kind.plural }, object.metadata?.name ?? '', [cause]);
}

/** Without vowels and look-alikes, as upstream: no words by accident. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const LONGEST_BASE = 58;

/** A name made of `metadata.generateName` and five random characters (api-semantics 6.2). */
export function generatedName(base: string, random: () => number): string {
  const suffix = Array.from(
    { length: SUFFIX_LENGTH },
    () => ALPHABET[Math.floor(random() * ALPHABET.length)] ?? 'b',
  ).join('');
  return `${base.slice(0, LONGEST_BASE)}${suffix}`;
}

/**
 * Validation of metadata whose types are right (apimachinery's ValidateObjectMeta, conformance 6.7): the same rule for custom resources and
 * for rows of projections.
 * @module
 */
import { unreachable } from '../unreachable.ts';
import {
  dns1123LabelMessage,
  dns1123SubdomainMessage,
  labelValueProblems,
  pathSegmentNameMessage,
  qualifiedNameProblems,
} from './names.ts';
import type { ObjectMeta, OwnerReference } from './object-meta.ts';

/** The rule for the names of a kind. */
export type NameRule = 'subdomain' | 'label' | 'pathSegment';

/** A field of metadata that is not valid. */
export type MetadataProblem =
  | { readonly type: 'required'; readonly field: string; readonly detail: string }
  | { readonly type: 'invalid'; readonly field: string; readonly value: unknown; readonly detail: string }
  | { readonly type: 'tooLong'; readonly field: string; readonly maxBytes: number };

function invalidField(field: string, value: unknown, detail: string): MetadataProblem {
  return { type: 'invalid', field, value, detail };
}

/** The maximum size of the keys and values of all annotations together. */
const MAX_ANNOTATION_BYTES = 262_144;
/** Finalizers that select a policy of the garbage collector. An object can have one of them. */
const POLICIES = ['orphan', 'foregroundDeletion'] as const;

function problemByRule(name: string, rule: NameRule): string | undefined {
  switch (rule) {
    case 'subdomain':
      return dns1123SubdomainMessage(name);
    case 'label':
      return dns1123LabelMessage(name);
    case 'pathSegment':
      return pathSegmentNameMessage(name);
    default:
      return unreachable(rule);
  }
}

/** Checks a generateName. It may end with a hyphen, because the server appends more characters. */
function generateNameProblem(generateName: string, rule: NameRule): string | undefined {
  return problemByRule(generateName.endsWith('-') ? `${generateName.slice(0, -1)}a` : generateName, rule);
}

function* nameProblems({ name = '', generateName = '' }: ObjectMeta, rule: NameRule): Iterable<MetadataProblem> {
  const beginning = generateName === '' ? undefined : generateNameProblem(generateName, rule);
  if (beginning !== undefined) yield invalidField('metadata.generateName', generateName, beginning);
  const problem = name === '' ? undefined : problemByRule(name, rule);
  if (name === '') yield { type: 'required', field: 'metadata.name', detail: 'name or generateName is required' };
  else if (problem !== undefined) yield invalidField('metadata.name', name, problem);
}

/** A key or a value of most labels: at most 63 characters, without a prefix. The check costs much less than the exact ones. */
const PLAIN = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

function* labelProblems(labels: Readonly<Record<string, string>>): Iterable<MetadataProblem> {
  for (const [key, value] of Object.entries(labels)) {
    if (!PLAIN.test(key))
      for (const problem of qualifiedNameProblems(key)) yield invalidField('metadata.labels', key, problem);
    if (!PLAIN.test(value))
      for (const problem of labelValueProblems(value)) yield invalidField('metadata.labels', value, problem);
  }
}

function* annotationProblems(annotations: Readonly<Record<string, string>>): Iterable<MetadataProblem> {
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const problem of qualifiedNameProblems(key.toLowerCase()))
      yield invalidField('metadata.annotations', key, problem);
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > MAX_ANNOTATION_BYTES)
    yield { type: 'tooLong', field: 'metadata.annotations', maxBytes: MAX_ANNOTATION_BYTES };
}

/** Parses `v1` or `apps/v1`. Undefined if the version is missing. */
function groupOf(apiVersion: string): { readonly group: string; readonly version: string } | undefined {
  const parts = apiVersion.split('/');
  const [group, version] = parts.length === 1 ? ['', parts[0] ?? ''] : [parts[0] ?? '', parts[1] ?? ''];
  return parts.length > 2 || version === '' ? undefined : { group, version };
}

/** Checks one owner. Any field may be missing, because the owner comes from a client. */
function* ownerProblems(owner: Partial<OwnerReference>): Iterable<MetadataProblem> {
  const { apiVersion = '', kind } = owner;
  const found = groupOf(apiVersion);
  if (found === undefined) {
    yield invalidField('metadata.ownerReferences.apiVersion', apiVersion, 'version must not be empty');
  }
  for (const field of ['kind', 'name', 'uid'] as const) {
    if (!owner[field]) yield invalidField(`metadata.ownerReferences.${field}`, owner[field] ?? '', 'must not be empty');
  }
  const { group, version } = found ?? { group: '-', version: '' };
  if (kind === 'Event' && (group === '' || group === 'events.k8s.io')) {
    const detail = `${group}/${version}, Kind=Event is disallowed from being an owner`;
    yield invalidField('metadata.ownerReferences', ownerText(owner), detail);
  }
}

/** Returns the fields in the order of upstream's struct. */
function ownerText({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: Partial<OwnerReference>): object {
  return {
    apiVersion,
    kind,
    name,
    uid,
    controller,
    blockOwnerDeletion,
  };
}

function* ownersProblems(owners: readonly OwnerReference[]): Iterable<MetadataProblem> {
  let controller: OwnerReference | undefined;
  for (const owner of owners) {
    yield* ownerProblems(owner);
    if (owner.controller !== true) continue;
    if (controller !== undefined) {
      const both = [controller, owner].map(({ kind, name }) => `${kind}/${name}`).join(' and ');
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${both}`;
      yield invalidField('metadata.ownerReferences', owners.map(ownerText), detail);
    }
    controller = owner;
  }
}

function* finalizerProblems(finalizers: readonly string[]): Iterable<MetadataProblem> {
  for (const finalizer of finalizers) {
    for (const problem of qualifiedNameProblems(finalizer))
      yield invalidField('metadata.finalizers', finalizer, problem);
  }
  if (POLICIES.every((policy) => finalizers.includes(policy))) {
    yield invalidField('metadata.finalizers', finalizers, `finalizer ${POLICIES.join(' and ')} cannot be both set`);
  }
}

/** Returns each problem of metadata. Its types must be right. */
export function* metadataProblems(metadata: ObjectMeta, rule: NameRule): Iterable<MetadataProblem> {
  yield* nameProblems(metadata, rule);
  if (metadata.labels !== undefined) yield* labelProblems(metadata.labels);
  if (metadata.annotations !== undefined) yield* annotationProblems(metadata.annotations);
  if (metadata.ownerReferences !== undefined) yield* ownersProblems(metadata.ownerReferences);
  if (metadata.finalizers !== undefined) yield* finalizerProblems(metadata.finalizers);
}

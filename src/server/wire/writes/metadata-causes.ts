/**
 * Validation of metadata (apimachinery's ValidateObjectMeta, conformance 6.7), and the warnings about metadata that the server accepts.
 * @module
 */
import { invalidField, requiredField, tooLongField } from '../field-error.ts';
import {
  dns1123LabelMessage,
  dns1123SubdomainMessage,
  labelValueProblems,
  pathSegmentNameMessage,
  qualifiedNameProblems,
} from '../names.ts';
import type { KubernetesObject, ObjectMeta, OwnerReference } from '../object.ts';
import { quoted } from '../quote.ts';
import { invalid, type StatusCause } from '../status.ts';
import type { NameRule, WrittenKind } from './written-kind.ts';
import { unreachable } from '../../../unreachable.ts';

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

function* nameCauses({ name = '', generateName = '' }: ObjectMeta, rule: NameRule): Iterable<StatusCause> {
  const beginning = generateName === '' ? undefined : generateNameProblem(generateName, rule);
  if (beginning !== undefined) yield invalidField('metadata.generateName', generateName, beginning);
  const problem = name === '' ? undefined : problemByRule(name, rule);
  if (name === '') yield requiredField('metadata.name', 'name or generateName is required');
  else if (problem !== undefined) yield invalidField('metadata.name', name, problem);
}

function* labelCauses(labels: Readonly<Record<string, string>>): Iterable<StatusCause> {
  for (const [key, value] of Object.entries(labels)) {
    for (const problem of qualifiedNameProblems(key)) yield invalidField('metadata.labels', key, problem);
    for (const problem of labelValueProblems(value)) yield invalidField('metadata.labels', value, problem);
  }
}

function* annotationCauses(annotations: Readonly<Record<string, string>>): Iterable<StatusCause> {
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const problem of qualifiedNameProblems(key.toLowerCase()))
      yield invalidField('metadata.annotations', key, problem);
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > MAX_ANNOTATION_BYTES) yield tooLongField('metadata.annotations', MAX_ANNOTATION_BYTES);
}

/** Parses `v1` or `apps/v1`. Undefined if the version is missing. */
function groupOf(apiVersion: string): { readonly group: string; readonly version: string } | undefined {
  const parts = apiVersion.split('/');
  const [group, version] = parts.length === 1 ? ['', parts[0] ?? ''] : [parts[0] ?? '', parts[1] ?? ''];
  return parts.length > 2 || version === '' ? undefined : { group, version };
}

/** Checks one owner. Any field may be missing, because the owner comes from a client. */
function* ownerCauses(owner: Partial<OwnerReference>): Iterable<StatusCause> {
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

function* ownersCauses(owners: readonly OwnerReference[]): Iterable<StatusCause> {
  let controller: OwnerReference | undefined;
  for (const owner of owners) {
    yield* ownerCauses(owner);
    if (owner.controller !== true) continue;
    if (controller !== undefined) {
      const both = [controller, owner].map(({ kind, name }) => `${kind}/${name}`).join(' and ');
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${both}`;
      yield invalidField('metadata.ownerReferences', owners.map(ownerText), detail);
    }
    controller = owner;
  }
}

function* finalizerCauses(finalizers: readonly string[]): Iterable<StatusCause> {
  for (const finalizer of finalizers) {
    for (const problem of qualifiedNameProblems(finalizer))
      yield invalidField('metadata.finalizers', finalizer, problem);
  }
  if (POLICIES.every((policy) => finalizers.includes(policy))) {
    yield invalidField('metadata.finalizers', finalizers, `finalizer ${POLICIES.join(' and ')} cannot be both set`);
  }
}

/** Returns one cause for each problem. The types of the metadata must be right. */
export function* metadataCauses({ metadata = {} }: KubernetesObject, rule: NameRule): Iterable<StatusCause> {
  yield* nameCauses(metadata, rule);
  yield* labelCauses(metadata.labels ?? {});
  yield* annotationCauses(metadata.annotations ?? {});
  yield* ownersCauses(metadata.ownerReferences ?? []);
  yield* finalizerCauses(metadata.finalizers ?? []);
}

/**
 * Validates the metadata of an object and calls the `validate` function of its kind. It does not check the spec against a schema.
 * @throws ApiError 422
 */
export function requireValid(kind: WrittenKind, object: KubernetesObject): void {
  const causes = [...metadataCauses(object, kind.names ?? 'subdomain'), ...(kind.validate?.(object) ?? [])];
  if (causes.length > 0) throw invalid({ group: kind.group, kind: kind.kind }, object.metadata?.name ?? '', causes);
}

function finalizerWarning(finalizer: string): string {
  return `metadata.finalizers: ${quoted(finalizer)}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`;
}

/** The finalizers of Kubernetes itself. */
const STANDARD: readonly string[] = ['orphan', 'foregroundDeletion', 'kubernetes'];

/** Returns warnings about new finalizers without a domain, which other writers might choose too. */
export function finalizerWarnings({ metadata }: KubernetesObject, before?: KubernetesObject): readonly string[] {
  return (metadata?.finalizers ?? [])
    .filter((finalizer) => !finalizer.includes('/') && !STANDARD.includes(finalizer))
    .filter((finalizer) => before?.metadata?.finalizers?.includes(finalizer) !== true)
    .map(finalizerWarning);
}

/** Returns the object without duplicate owners, and the warnings about the removed ones. */
export function withDistinctOwners(object: KubernetesObject): {
  readonly object: KubernetesObject;
  readonly warnings: readonly string[];
} {
  const { ownerReferences = [] } = object.metadata ?? {};
  const seen = new Map<string, OwnerReference>();
  const repeated = new Set<string>();
  for (const owner of ownerReferences) {
    const key = JSON.stringify([
      owner.apiVersion,
      owner.kind,
      owner.name,
      owner.uid,
      owner.controller,
      owner.blockOwnerDeletion,
    ]);
    if (seen.has(key)) repeated.add(owner.uid);
    else seen.set(key, owner);
  }
  if (repeated.size === 0) return { object, warnings: [] };
  const metadata: ObjectMeta = { ...object.metadata, ownerReferences: [...seen.values()] };
  const warning =
    '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; ' +
    `please fix your requests; duplicate UID(s) observed: ${[...repeated].join(', ')}`;
  return { object: { ...object, metadata }, warnings: [warning] };
}

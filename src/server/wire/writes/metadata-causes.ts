/**
 * The causes of a 422 for metadata (conformance 6.7), and the warnings about metadata that the server accepts.
 * @module
 */
import { type MetadataProblem, metadataProblems, type NameRule } from '../../../object-meta/metadata-problems.ts';
import { invalidField, requiredField, tooLongField } from '../field-error.ts';
import type { KubernetesObject, ObjectMeta, OwnerReference } from '../object.ts';
import { quoted } from '../quote.ts';
import { invalid, type StatusCause } from '../status.ts';
import type { WrittenKind } from './written-kind.ts';
import { unreachable } from '../../../unreachable.ts';

/** Returns one cause for each problem. The types of the metadata must be right. */
export function* metadataCauses({ metadata = {} }: KubernetesObject, rule: NameRule): Iterable<StatusCause> {
  for (const problem of metadataProblems(metadata, rule)) yield causeOf(problem);
}

function causeOf(problem: MetadataProblem): StatusCause {
  switch (problem.type) {
    case 'required':
      return requiredField(problem.field, problem.detail);
    case 'invalid':
      return invalidField(problem.field, problem.value, problem.detail);
    case 'tooLong':
      return tooLongField(problem.field, problem.maxBytes);
    default:
      return unreachable(problem);
  }
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

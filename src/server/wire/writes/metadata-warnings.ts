import type { KubernetesObject, ObjectMeta, OwnerReference } from '../object.ts';
import { quoted } from '../quote.ts';

// What upstream takes and warns of (apiextensions-apiserver's strategy, apiserver's dedupOwnerReferences).

function finalizerWarning(finalizer: string): string {
  return `metadata.finalizers: ${quoted(finalizer)}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`;
}

/** Finalizers of the garbage collector. */
const STANDARD: readonly string[] = ['orphan', 'foregroundDeletion', 'kubernetes'];

/** Of finalizers that somebody else may choose, too. Those that were there before are not told of again. */
export function finalizerWarnings({ metadata }: KubernetesObject, before?: KubernetesObject): readonly string[] {
  return (metadata?.finalizers ?? [])
    .filter((finalizer) => !finalizer.includes('/') && !STANDARD.includes(finalizer))
    .filter((finalizer) => before?.metadata?.finalizers?.includes(finalizer) !== true)
    .map(finalizerWarning);
}

/** The object with each owner once, and what is said of those that were there twice. */
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

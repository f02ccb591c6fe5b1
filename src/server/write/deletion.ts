/**
 * Whether an object may be deleted, and who has to finish first (api-semantics 6.5).
 * @module
 */
import { type ApiError, conflict } from '../wire/status.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import type { DeleteOptions } from '../wire/writes/delete-options.ts';
import type { WrittenKind } from '../wire/writes/written-kind.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** @throws ApiError 409 when the object is another one than the client means */
export function requirePreconditions(
  kind: WrittenKind,
  { metadata }: CompleteObject,
  { uid = metadata.uid, resourceVersion = metadata.resourceVersion }: NonNullable<DeleteOptions['preconditions']>,
): void {
  const refusal = (what: string, given: string, found: string, then: string): ApiError => {
    const why = `the ${what} in the precondition (${given}) does not match the ${what} in record (${found}). The object might have been ${then}`;
    // Upstream names the kind here where it names the resource elsewhere.
    return conflict({ group: kind.group, resource: kind.kind }, metadata.name, why);
  };
  if (uid !== metadata.uid) throw refusal('UID', uid, metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== metadata.resourceVersion)
    throw refusal('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
}

/** The finalizers of an object that is being deleted: its own, and those that the garbage collector is asked by. */
export function finalizersFor({ metadata }: CompleteObject, options: DeleteOptions): readonly string[] {
  const { propagationPolicy, orphanDependents } = options;
  const own = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  const before = (metadata.finalizers ?? []).filter((finalizer) => !own.includes(finalizer));
  if (propagationPolicy === 'Orphan' || orphanDependents === true) return [...own, ORPHAN];
  if (propagationPolicy === 'Foreground') return [...own, FOREGROUND];
  if (propagationPolicy === 'Background' || orphanDependents === false) return own;
  return [...own, ...before];
}

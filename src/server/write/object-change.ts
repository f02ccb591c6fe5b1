/**
 * The steps of a write that are pure functions: completing a changed object, its managers, and the rules of deletion (conformance 6.5).
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { WriteContext } from '../define/content.ts';
import { turnAfter } from '../read/turns.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { type ApiError, conflict, invalid } from '../wire/status.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import type { DeleteOptions } from '../wire/writes/delete-options.ts';
import { requireValid } from '../wire/writes/metadata-causes.ts';
import { timestampOf } from '../wire/writes/object-writes.ts';
import type { WrittenKind } from '../wire/writes/written-kind.ts';
import type { ObjectWriterOptions, ObjectWrite } from './object-write.ts';

/** Runs the `mutate` function, records the field managers, and validates the result, in several turns. @throws ApiError 422 */
export async function completedObject(
  { kind, content, fields, clock }: Pick<ObjectWriterOptions, 'kind' | 'content' | 'fields' | 'clock'>,
  object: CompleteObject,
  old: CompleteObject | undefined,
  { manager, subresource, user, dryRun, part, signal, isApply = false }: ObjectWrite,
): Promise<CompleteObject> {
  const context: WriteContext = { user, dryRun, old, part };
  const mutated = content.mutated(object, context);
  await turnAfter(mutated, signal);
  const managed = isApply
    ? mutated
    : fields.written({ before: old, after: mutated, manager, subresource, time: timestampOf(clock.now()) });
  await turnAfter(managed, signal);
  requireValid(kind, managed);
  const causes = [...content.problems(managed, context)];
  if (causes.length > 0) throw invalid({ group: kind.group, kind: kind.kind }, object.metadata.name, causes);
  return managed as CompleteObject;
}

/** Returns the object with the managers of another object, which an apply has computed. */
export function withManagers(
  object: CompleteObject,
  { metadata: { managedFields } = {} }: KubernetesObject,
): CompleteObject {
  if (isDeepStrictEqual(object.metadata.managedFields, managedFields)) return object;
  const { managedFields: _before, ...rest } = object.metadata;
  return { ...object, metadata: managedFields === undefined ? rest : { ...rest, managedFields } };
}

/** Returns the object with other finalizers. */
export function withFinalizers(object: CompleteObject, finalizers: readonly string[]): CompleteObject {
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

/** @throws ApiError 409 if a precondition of a delete is not met */
export function requirePreconditions(
  kind: WrittenKind,
  { metadata }: CompleteObject,
  { uid = metadata.uid, resourceVersion = metadata.resourceVersion }: NonNullable<DeleteOptions['preconditions']>,
): void {
  const refusal = (field: string, expected: string, current: string, change: string): ApiError => {
    const reason = `the ${field} in the precondition (${expected}) does not match the ${field} in record (${current}). The object might have been ${change}`;
    // A kube-apiserver names the kind here, and the resource in other conflicts.
    return conflict({ group: kind.group, resource: kind.kind }, metadata.name, reason);
  };
  if (uid !== metadata.uid) throw refusal('UID', uid, metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== metadata.resourceVersion)
    throw refusal('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
}

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/**
 * Returns the finalizers of an object that is being deleted: its own finalizers, and the one that selects the policy of the garbage
 * collector, as the client requests it.
 */
export function finalizersFor({ metadata }: CompleteObject, options: DeleteOptions): readonly string[] {
  const { propagationPolicy, orphanDependents } = options;
  const own = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  const before = (metadata.finalizers ?? []).filter((finalizer) => !own.includes(finalizer));
  if (propagationPolicy === 'Orphan' || orphanDependents === true) return [...own, ORPHAN];
  if (propagationPolicy === 'Foreground') return [...own, FOREGROUND];
  if (propagationPolicy === 'Background' || orphanDependents === false) return own;
  return [...own, ...before];
}

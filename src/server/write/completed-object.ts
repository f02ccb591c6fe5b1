/**
 * What becomes of an object before it is stored.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../wire/object.ts';
import { invalid } from '../wire/status.ts';
import { timestampOf } from '../wire/writes/object-writes.ts';
import { requireValid } from '../wire/writes/metadata-causes.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import type { WriteContext } from '../define/content.ts';
import type { ObjectWriterOptions, Writing } from './writing.ts';

/** The object with what the user's functions do and the managers of its fields. @throws ApiError 422 when it is not valid then */
export function completedObject(
  { kind, content, fields, clock }: Pick<ObjectWriterOptions, 'kind' | 'content' | 'fields' | 'clock'>,
  object: CompleteObject,
  old: CompleteObject | undefined,
  { manager, subresource, user, dryRun, part, isApply = false }: Writing,
): CompleteObject {
  const context: WriteContext = { user, dryRun, old, part };
  const mutated = content.mutated(object, context);
  const managed = isApply
    ? mutated
    : fields.written({ before: old, after: mutated, manager, subresource, time: timestampOf(clock.now()) });
  requireValid(kind, managed);
  const causes = [...content.problems(managed, context)];
  if (causes.length > 0) throw invalid({ group: kind.group, kind: kind.kind }, object.metadata.name, causes);
  return managed as CompleteObject;
}

/** With the managers that an apply has found, which count for a status too. */
export function withManagers(
  object: CompleteObject,
  { metadata: { managedFields } = {} }: KubernetesObject,
): CompleteObject {
  if (isDeepStrictEqual(object.metadata.managedFields, managedFields)) return object;
  const { managedFields: _before, ...rest } = object.metadata;
  return { ...object, metadata: managedFields === undefined ? rest : { ...rest, managedFields } };
}

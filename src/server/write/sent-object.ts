/**
 * The object of a request, before it is stored: checked against the path, pruned, defaulted, with its faulty fields reported.
 * @module
 */
import type { ContentRules } from '../define/content.ts';
import type { RequestContext } from '../define/request-context.ts';
import { invalidField } from '../wire/field-error.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { conflict, invalid } from '../wire/status.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import { withDistinctOwners } from '../wire/writes/metadata-causes.ts';
import { requireResourceVersion } from '../wire/writes/object-writes.ts';
import type { FieldValidation } from '../wire/writes/write-options.ts';
import { groupResourceOf, type WrittenKind } from '../wire/writes/written-kind.ts';
import { type ObjectSource, validateFields, warn } from './field-validation.ts';
import { type ObjectPlace, readObject } from './read-object.ts';
import type { DecodedBody } from './request-body.ts';

/** The rules by which the object of a request is read. */
export interface ObjectRules {
  readonly ctx: RequestContext;
  readonly kind: WrittenKind;
  readonly content: ContentRules;
  /** Namespace and name in the path. */
  readonly place: ObjectPlace;
  readonly source: ObjectSource;
  readonly fieldValidation: FieldValidation;
}

/** Reads the object of a body or of a patch's result. @throws ApiError 400, 422 */
export function sentObject({ value, duplicates }: DecodedBody, rules: ObjectRules): KubernetesObject {
  const { ctx, kind, content, place, source, fieldValidation } = rules;
  const read = readObject(value, kind, place, source);
  const { object, unknown } = content.read(read.object);
  const faults = { duplicate: duplicates, unknown: [...read.unknown, ...unknown] };
  validateFields(ctx, kind, faults, fieldValidation, { source, object: read.object });
  const { object: distinct, warnings } = withDistinctOwners(object);
  warn(ctx, warnings);
  return distinct;
}

/**
 * Checks that a patch left the object's uid as it was, and its version valid.
 * @throws ApiError 422
 */
export function requireSameObject(kind: WrittenKind, current: CompleteObject, patched: KubernetesObject): void {
  const { uid = '' } = patched.metadata ?? {};
  if (uid !== '' && uid !== current.metadata.uid) {
    const cause = invalidField('metadata.uid', uid, 'field is immutable');
    throw invalid({ group: kind.group, kind: kind.kind }, current.metadata.name, [cause]);
  }
  requireResourceVersion(kind, patched);
}

/**
 * The new object that an apply creates. A resourceVersion in the configuration is ignored: the object has none yet.
 * @throws ApiError 409 when the configuration names a uid
 */
export function newFromConfiguration(kind: WrittenKind, configuration: KubernetesObject): KubernetesObject {
  const { uid = '', resourceVersion: _version, ...metadata } = configuration.metadata ?? {};
  if (uid === '') return { ...configuration, metadata };
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(groupResourceOf(kind), metadata.name ?? '', why);
}

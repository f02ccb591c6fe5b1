/**
 * Reads the object that a client sends: checks it against the path, prunes it, adds defaults, and reports invalid fields.
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
import { type NamespacedName, readObject } from './read-object.ts';
import type { DecodedBody } from './request-body.ts';

/** The rules for the object of a request. */
export interface ObjectRules {
  readonly ctx: RequestContext;
  readonly kind: WrittenKind;
  readonly content: ContentRules;
  /** The namespace and name in the path. */
  readonly path: NamespacedName;
  readonly source: ObjectSource;
  readonly fieldValidation: FieldValidation;
}

/** Reads the object of a body or of a patch's result. @throws ApiError 400, 422 */
export function sentObject({ value, duplicates }: DecodedBody, rules: ObjectRules): KubernetesObject {
  const { ctx, kind, content, path, source, fieldValidation } = rules;
  const read = readObject(value, kind, path, source);
  const { object, unknown } = content.read(read.object);
  const invalidFields = { duplicate: duplicates, unknown: [...read.unknown, ...unknown] };
  validateFields(ctx, kind, invalidFields, { fieldValidation, source, object: read.object });
  const { object: distinct, warnings } = withDistinctOwners(object);
  warn(ctx, warnings);
  return distinct;
}

/**
 * Checks that a patch did not change the uid of the object, and that its resourceVersion is valid.
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
 * Returns the new object that an apply creates. It ignores a resourceVersion in the configuration, because the object does not have one
 * yet.
 * @throws ApiError 409 if the configuration contains a uid
 */
export function newFromConfiguration(kind: WrittenKind, configuration: KubernetesObject): KubernetesObject {
  const { uid = '', resourceVersion: _version, ...metadata } = configuration.metadata ?? {};
  if (uid === '') return { ...configuration, metadata };
  const reason = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(groupResourceOf(kind), metadata.name ?? '', reason);
}

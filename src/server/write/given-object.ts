/**
 * An object as a request has it, made what is to be stored: checked, pruned, defaulted, and its faults told.
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';
import { invalidField } from '../wire/field-error.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { conflict, invalid } from '../wire/status.ts';
import { withDistinctOwners } from '../wire/writes/metadata-causes.ts';
import { requireResourceVersion } from '../wire/writes/object-writes.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import type { FieldValidation } from '../wire/writes/write-options.ts';
import { groupResourceOf, type WrittenKind } from '../wire/writes/written-kind.ts';
import type { Content } from '../define/content.ts';
import { treatFaults, warn } from './field-problems.ts';
import type { DecodedBody } from './read-body.ts';
import { type ObjectPlace, type ObjectSource, readObject } from './read-object.ts';

/** What is known of a request with an object. */
export interface Given {
  readonly ctx: RequestContext;
  readonly kind: WrittenKind;
  readonly content: Content;
  /** Where the path says that it is. */
  readonly place: ObjectPlace;
  readonly source: ObjectSource;
  readonly fieldValidation: FieldValidation;
}

/** @throws ApiError 400, 422 */
export function givenObject({ value, duplicates }: DecodedBody, given: Given): KubernetesObject {
  const { ctx, kind, content, place, source, fieldValidation } = given;
  const read = readObject(value, kind, place, source);
  const { object, unknown } = content.read(read.object);
  const faults = { duplicate: duplicates, unknown: [...read.unknown, ...unknown] };
  treatFaults(ctx, kind, faults, fieldValidation, { source, object: read.object });
  const { object: distinct, warnings } = withDistinctOwners(object);
  warn(ctx, warnings);
  return distinct;
}

/**
 * A patch may name the object's uid and version, and change neither.
 * @throws ApiError 422
 */
export function requireSame(kind: WrittenKind, current: CompleteObject, patched: KubernetesObject): void {
  const { uid = '' } = patched.metadata ?? {};
  if (uid !== '' && uid !== current.metadata.uid) {
    const cause = invalidField('metadata.uid', uid, 'field is immutable');
    throw invalid({ group: kind.group, kind: kind.kind }, current.metadata.name, [cause]);
  }
  requireResourceVersion(kind, patched);
}

/**
 * What an apply makes where there is nothing: whatever version it names is none.
 * @throws ApiError 409 when it names a uid
 */
export function withoutPast(kind: WrittenKind, configuration: KubernetesObject): KubernetesObject {
  const { uid = '', resourceVersion: _version, ...metadata } = configuration.metadata ?? {};
  if (uid === '') return { ...configuration, metadata };
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(groupResourceOf(kind), metadata.name ?? '', why);
}

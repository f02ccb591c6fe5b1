/**
 * The request that writes the object behind a row: the change that the definition's functions return, the request's body, and the meaning
 * of the cluster's response.
 * @module
 */
import type { SourceObject } from '../../../informers/collection/source-collection.ts';
import { presentVersion } from '../../../informers/collection/source-version.ts';
import type { UpstreamWrites } from '../../../informers/collection/upstream.ts';
import { requireSync } from '../../../projections/results.ts';
import type { RowObject } from '../../../projections/row.ts';
import type { ProjectionWrites, SourcePatch } from '../../define/projection-writes.ts';
import { HandlerRefusal } from '../../define/refusals.ts';
import { forbiddenField, invalidField } from '../../wire/field-error.ts';
import { invalid } from '../../wire/status.ts';
import type { CompleteObject } from '../../wire/writes/complete-object.ts';
import type { DeleteOptions } from '../../wire/writes/delete-options.ts';
import type { WrittenKind } from '../../wire/writes/written-kind.ts';
import { refusalStatus } from '../handlers/refusal-status.ts';
import type { SourceWrite } from './result-row.ts';
import type { SourceTarget } from './source-object.ts';

/** Delete options, including the ones that only the cluster evaluates. */
export interface ThroughDeletion extends DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
}

/**
 * Returns the change that a function of the definition maps a write to.
 * @throws ApiError for a refusal of the function; 422 if it returns undefined
 */
export function mappedChange<C>(kind: WrittenKind, wanted: CompleteObject, map: () => C | undefined): C {
  const { name } = wanted.metadata;
  let change: C | undefined;
  try {
    change = requireSync('function of write', map());
  } catch (error) {
    const object = { ...wanted, metadata: { ...wanted.metadata } };
    throw error instanceof HandlerRefusal ? refusalStatus(error.reason, kind, name, object) : error;
  }
  if (change !== undefined) return change;
  const message = 'the change cannot be mapped to the object that the row is made from';
  throw invalid({ group: kind.group, kind: kind.kind }, name, [invalidField('metadata.name', name, message)]);
}

/** @throws ApiError 422 if a change contains fields outside `fields` of the definition */
export function requireWritableFields(
  kind: WrittenKind,
  { fields }: Pick<ProjectionWrites<RowObject>, 'fields'>,
  changed: readonly (readonly string[])[],
  name: string,
): void {
  if (fields === undefined) return;
  const writable = fields.map((field) => field.split('.'));
  const refused = changed.filter(
    (path) => !writable.some((steps) => steps.every((step, index) => step === path[index])),
  );
  if (refused.length === 0) return;
  const causes = refused.map((path) => forbiddenField(path.join('.'), 'it is made from other objects'));
  throw invalid({ group: kind.group, kind: kind.kind }, name, causes);
}

/**
 * Returns the name of the object in messages: `pods "web"`, `deployments.apps "web"`.
 * @throws Error if the source does not belong to the informers of the server
 */
export function sourceText(writes: UpstreamWrites, { source, key }: SourceTarget): string {
  const resource = writes.resourceOf(source);
  if (resource === undefined) {
    throw new Error(`${source.name} cannot be written: it does not belong to apiServer({ informers })`);
  }
  const { group, resource: plural } = resource;
  return `${group === '' ? plural : `${plural}.${group}`} ${JSON.stringify(key.slice(key.indexOf('/') + 1))}`;
}

/** Returns the patch with the version that the row was made from, so that the cluster rejects it if the object has changed since. */
export function lockedPatch({ patch }: SourcePatch, { version }: SourceTarget): object {
  const { metadata } = patch;
  const fields = typeof metadata === 'object' && metadata !== null ? metadata : {};
  return { ...patch, metadata: { ...fields, resourceVersion: version } };
}

/** Returns the body of a delete, with the uid and the version that the row was made from as preconditions. */
export function deleteOptions(
  { uid, version }: SourceTarget,
  { gracePeriodSeconds, propagationPolicy, orphanDependents }: ThroughDeletion,
): object {
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    preconditions: { uid, resourceVersion: version },
    gracePeriodSeconds,
    propagationPolicy,
    orphanDependents,
  };
}

/** Returns the write that a response confirms; undefined if the response has no version to wait for. */
export function writeOf(isDelete: boolean, target: SourceTarget, object: unknown): SourceWrite | undefined {
  const metadata = isStored(object) ? (object as SourceObject).metadata : undefined;
  const version = presentVersion(metadata?.resourceVersion);
  const wasTerminating = 'deletionTimestamp' in ((target.object as SourceObject | undefined)?.metadata ?? {});
  if (isDelete && !(wasTerminating && version !== undefined)) return { type: 'deleted', version };
  return version === undefined ? undefined : { type: 'written', version };
}

/** Returns whether a response contains an object that is still stored. The response to a completed delete is a Status. */
export function isStored(object: unknown): boolean {
  return typeof object === 'object' && object !== null && !('kind' in object && object.kind === 'Status');
}

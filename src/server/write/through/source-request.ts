/**
 * What the cluster is asked of the object of a source, and what its answer means.
 * @module
 */
import type { UpstreamWrites } from '../../../informers/collection/upstream.ts';
import { type SourceObject, versionNumber } from '../../../informers/collection/source-collection.ts';
import type { DeleteOptions } from '../../wire/writes/delete-options.ts';
import type { SourcePatch } from '../../define/projection-writes.ts';
import type { SourceWrite } from './seen.ts';
import type { SourceTarget } from './source-object.ts';

/** Deletion, with what only the cluster understands. */
export interface ThroughDeletion extends DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
}

/** `pods "web"`, `deployments.apps "web"` */
export function sourceText(writes: UpstreamWrites, { source, key }: SourceTarget): string {
  const resource = writes.resourceOf(source);
  if (resource === undefined) {
    throw new Error(`${source.name} cannot be written: it was not read by the informers that the server was given`);
  }
  const { group, resource: plural } = resource;
  return `${group === '' ? plural : `${plural}.${group}`} ${JSON.stringify(key.slice(key.indexOf('/') + 1))}`;
}

export function lockedPatch({ patch }: SourcePatch, { version }: SourceTarget): object {
  const metadata = patch['metadata'];
  const given = typeof metadata === 'object' && metadata !== null ? metadata : {};
  return { ...patch, metadata: { ...given, resourceVersion: version } };
}

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

/** Undefined where the cluster says nothing of a version: then there is nothing to wait for. */
export function writeOf(isDelete: boolean, target: SourceTarget, object: unknown): SourceWrite | undefined {
  const metadata = isStillThere(object) ? (object as SourceObject).metadata : undefined;
  const version = versionNumber(metadata?.resourceVersion);
  const wasLeaving = 'deletionTimestamp' in ((target.object as SourceObject | undefined)?.metadata ?? {});
  if (isDelete && !(wasLeaving && version !== undefined)) return { type: 'deleted', version };
  return version === undefined ? undefined : { type: 'written', version };
}

/** Of what is gone, a Status is answered. */
export function isStillThere(object: unknown): boolean {
  return typeof object === 'object' && object !== null && !('kind' in object && object.kind === 'Status');
}

/**
 * The `scale` subresource: a view of an object that autoscalers and `kubectl scale` know.
 * @module
 */
import { at, textAt } from '../wire/json-path.ts';
import { invalidField } from '../wire/field-error.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { invalid } from '../wire/status.ts';
import type { StoredObject } from '../wire/writes/stored-object.ts';
import type { ScaleDefinition } from './custom-definition.ts';

/** Group, version and kind of a scale. */
export const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;

/** The scale of an object (api autoscaling/v1). Replicas that are not there are 0. */
export function scaleOf(object: StoredObject, definition: ScaleDefinition): KubernetesObject & Record<string, unknown> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = definition.labelSelector === undefined ? '' : textAt(object, ...pathOf(definition.labelSelector));
  return {
    kind: SCALE.kind,
    apiVersion: `${SCALE.group}/${SCALE.version}`,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: specOf(replicasAt(object, definition.specReplicas)),
    status: {
      replicas: replicasAt(object, definition.statusReplicas),
      ...(selector === '' ? {} : { selector }),
    },
  };
}

/**
 * The object with the replicas that a scale says.
 * @throws ApiError 422 for replicas that are no count
 */
export function scaled(object: StoredObject, scale: KubernetesObject, definition: ScaleDefinition): KubernetesObject {
  const replicas = at(scale, 'spec', 'replicas') ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    const cause = invalidField('spec.replicas', replicas, 'should be a non-negative integer');
    throw invalid(SCALE, object.metadata.name, [cause]);
  }
  const { uid, resourceVersion } = scale.metadata ?? {};
  const metadata = { ...object.metadata, uid: uid ?? object.metadata.uid, resourceVersion: resourceVersion ?? '' };
  return withValue({ ...object, metadata }, pathOf(definition.specReplicas), replicas) as KubernetesObject;
}

function replicasAt(object: StoredObject, path: string): number {
  const value = at(object, ...pathOf(path));
  return typeof value === 'number' ? value : 0;
}

/** Go leaves 0 out. */
function specOf(replicas: number): object {
  return replicas === 0 ? {} : { replicas };
}

function pathOf(path: string): string[] {
  return path.replace(/^\./, '').split('.');
}

function withValue(value: unknown, [field, ...rest]: readonly string[], leaf: unknown): unknown {
  if (field === undefined) return leaf;
  const object = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  return { ...object, [field]: withValue(object[field], rest, leaf) };
}

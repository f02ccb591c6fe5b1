/**
 * The `scale` subresource: a view of an object for `kubectl scale` and autoscalers.
 * @module
 */
import { invalidField } from '../wire/field-error.ts';
import { valueAtPath, textAt } from '../wire/json.ts';
import type { KubernetesObject } from '../wire/object.ts';
import type { StatusCause } from '../wire/status.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import type { ScaleDefinition } from './custom-definition.ts';

/** Group, version and kind of a scale. */
export const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;

/** Returns the Scale of an object (autoscaling/v1). Missing replicas are 0. */
export function scaleOf(
  object: CompleteObject,
  definition: ScaleDefinition,
): KubernetesObject & Record<string, unknown> {
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

/** Returns the object with the replicas of a Scale. The validation of the object checks the number later. */
export function scaled(object: CompleteObject, scale: KubernetesObject, definition: ScaleDefinition): KubernetesObject {
  const replicas = valueAtPath(scale, 'spec', 'replicas') ?? 0;
  const { uid, resourceVersion } = scale.metadata ?? {};
  const metadata = { ...object.metadata, uid: uid ?? object.metadata.uid, resourceVersion: resourceVersion ?? '' };
  return withValue({ ...object, metadata }, pathOf(definition.specReplicas), replicas) as KubernetesObject;
}

/** The maximum of an int32, the type of the replicas of a Scale. */
const MAX_REPLICAS = 2_147_483_647;

/** Returns a cause for each path whose value a Scale cannot contain: a value of a wrong type, or a number that is negative or too large. */
export function* scaleProblems(object: KubernetesObject, definition: ScaleDefinition): Iterable<StatusCause> {
  for (const path of [definition.specReplicas, definition.statusReplicas]) {
    const { value, problem } = valueAt(object, path, 'int64');
    const field = `.${pathOf(path).join('.')}`;
    if (problem !== undefined) yield invalidField(field, 0, problem);
    else if (typeof value === 'number' && value < 0) {
      yield invalidField(field, value, 'should be a non-negative integer');
    } else if (typeof value === 'number' && value > MAX_REPLICAS) {
      yield invalidField(field, value, `should be less than or equal to ${MAX_REPLICAS}`);
    }
  }
  if (definition.labelSelector === undefined) return;
  const { problem } = valueAt(object, definition.labelSelector, 'string');
  if (problem !== undefined) yield invalidField(`.${pathOf(definition.labelSelector).join('.')}`, '', problem);
}

/** The value at a path. */
interface PathValue {
  readonly value: unknown;
  /** The problem, in the words of Kubernetes' accessor; undefined if the value is valid. */
  readonly problem: string | undefined;
}

function valueAt(object: KubernetesObject, path: string, type: 'int64' | 'string'): PathValue {
  const mismatch = (value: unknown, expected: string): PathValue => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const detail = `${text} is of the type ${goTypeOf(value)}, expected ${expected}`;
    return { value, problem: `.${pathOf(path).join('.')} accessor error: ${detail}` };
  };
  let value: unknown = object;
  for (const step of pathOf(path)) {
    if (value === undefined || value === null) return { value: undefined, problem: undefined };
    if (typeof value !== 'object' || Array.isArray(value)) {
      return mismatch(value, 'map[string]interface{}');
    }
    value = Object.hasOwn(value, step) ? (value as Readonly<Record<string, unknown>>)[step] : undefined;
  }
  if (value === undefined) return { value, problem: undefined };
  const isRight = type === 'string' ? typeof value === 'string' : Number.isInteger(value);
  return isRight ? { value, problem: undefined } : mismatch(value, type);
}

function goTypeOf(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'map[string]interface {}';
}

function replicasAt(object: CompleteObject, path: string): number {
  const value = valueAtPath(object, ...pathOf(path));
  return typeof value === 'number' ? value : 0;
}

/** Returns the `spec` of a Scale. It omits 0 replicas, as Go does. */
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

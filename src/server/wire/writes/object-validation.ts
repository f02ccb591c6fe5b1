import type { KubernetesObject } from '../object.ts';
import { invalid } from '../status.ts';
import { metadataCauses } from './metadata-causes.ts';
import type { WrittenKind } from './written-kind.ts';

/**
 * Throws the 422 of an object whose metadata the API server would not take, or whose kind's own `validate` finds something. Specs are
 * not checked against schemas: whatever JSON they hold is stored.
 */
export function requireValid(kind: WrittenKind, object: KubernetesObject): void {
  const causes = [...metadataCauses(object, kind.names ?? 'subdomain'), ...(kind.validate?.(object) ?? [])];
  if (causes.length > 0) throw invalid({ group: kind.group, kind: kind.kind }, object.metadata?.name ?? '', causes);
}

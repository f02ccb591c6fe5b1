import { invalidField, requiredField } from '../field-error.ts';
import {
  dns1123LabelMessage,
  dns1123SubdomainMessage,
  labelValueMessage,
  pathSegmentNameMessage,
  qualifiedNameMessage,
} from '../names.ts';
import type { KubernetesObject } from '../object.ts';
import { invalid } from '../status.ts';
import type { StatusCause } from '../status.ts';
import { unreachable } from '../unreachable.ts';
import type { NameRule, WrittenKind } from './written-kind.ts';

const nameProblem = (name: string, rule: NameRule): string | undefined => {
  switch (rule) {
    case 'subdomain':
      return dns1123SubdomainMessage(name);
    case 'label':
      return dns1123LabelMessage(name);
    case 'pathSegment':
      return pathSegmentNameMessage(name);
    default:
      return unreachable(rule);
  }
};

function* metadataCauses({ metadata = {} }: KubernetesObject, rule: NameRule): Iterable<StatusCause> {
  const { name = '', labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  if (name === '') yield requiredField('metadata.name', 'name or generateName is required');
  else {
    const problem = nameProblem(name, rule);
    if (problem !== undefined) yield invalidField('metadata.name', name, problem);
  }
  for (const [key, value] of Object.entries(labels)) {
    const keyProblem = qualifiedNameMessage(key);
    if (keyProblem !== undefined) yield invalidField('metadata.labels', key, keyProblem);
    const valueProblem = labelValueMessage(value);
    if (valueProblem !== undefined) yield invalidField('metadata.labels', value, valueProblem);
  }
  for (const key of Object.keys(annotations)) {
    const problem = qualifiedNameMessage(key.toLowerCase());
    if (problem !== undefined) yield invalidField('metadata.annotations', key, problem);
  }
  for (const [index, owner] of ownerReferences.entries()) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field])
        yield invalidField(`metadata.ownerReferences[${index}].${field}`, '', `${field} must not be empty`);
    }
  }
}

/**
 * Throws the 422 of an object whose metadata the API server would not take, or whose kind's own `validate` finds something. Specs are
 * not checked against schemas: whatever JSON they hold is stored.
 */
export const requireValid = (kind: WrittenKind, object: KubernetesObject): void => {
  const causes = [...metadataCauses(object, kind.names ?? 'subdomain'), ...(kind.validate?.(object) ?? [])];
  if (causes.length > 0) throw invalid({ group: kind.group, kind: kind.kind }, object.metadata?.name ?? '', causes);
};

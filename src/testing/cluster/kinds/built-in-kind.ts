import { at } from '../../../server/wire/json-path.ts';
import type { ResourceKind, SelectableFields } from '../resource-kind.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';

type KindOfGroup = (kind: Omit<ResourceKind, 'group' | 'version'>) => ResourceKind;

/** Makes kinds of one group, in v1, as those compiled into kube-apiserver are. */
export function inGroup(group: string): KindOfGroup {
  return (kind) => ({ builtIn: true, unconditionalUpdate: true, ...kind, group, version: 'v1' });
}

/** Selectable fields that are read at the path of the same name. */
export function fields(...names: readonly string[]): SelectableFields {
  return Object.fromEntries(names.map((name) => [name, (object: CompleteObject) => at(object, ...name.split('.'))]));
}

/** The category of what `kubectl get all` shows. */
export const ALL: readonly string[] = ['all'];

/** Of kinds without a status and without a counted spec. */
export const plain: Pick<ResourceKind, 'statusSubresource' | 'generation'> = {
  statusSubresource: false,
  generation: false,
};

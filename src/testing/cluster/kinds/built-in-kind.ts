/**
 * Parts of the definitions of built-in kinds: groups, selectable fields, categories and common settings.
 * @module
 */
import { valueAtPath } from '../../../server/wire/json.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import type { ResourceKind, SelectableFields } from './resource-kind.ts';

type KindOfGroup = (kind: Omit<ResourceKind, 'group' | 'version'>) => ResourceKind;

/**
 * Returns a function that creates kinds of one group in v1, with the behaviour of kinds that are compiled into
 * kube-apiserver.
 */
export function inGroup(group: string): KindOfGroup {
  return (kind) => ({ builtIn: true, unconditionalUpdate: true, ...kind, group, version: 'v1' });
}

/** Returns selectable fields that are read valueAtPath the path of the same name. */
export function fields(...names: readonly string[]): SelectableFields {
  return Object.fromEntries(
    names.map((name) => [name, (object: CompleteObject) => valueAtPath(object, ...name.split('.'))]),
  );
}

/** The category of the kinds that `kubectl get all` shows. */
export const ALL: readonly string[] = ['all'];

/** The settings of kinds that have no status and no generation. */
export const plain: Pick<ResourceKind, 'statusSubresource' | 'generation'> = {
  statusSubresource: false,
  generation: false,
};

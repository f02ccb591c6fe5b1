/**
 * The lifecycle of namespaces: their initial content, the check that a namespace accepts new objects, and the deletion
 * of a namespace with its contents.
 * @module
 */
import { groupResourceOf } from '../../../server/wire/writes/written-kind.ts';
import type { Clock } from '../../../clock.ts';
import { forbidden, notFound } from '../../../server/wire/status.ts';
import { terminatingObject } from '../../../server/wire/writes/object-writes.ts';
import type { ResourceKind } from '../kinds/resource-kind.ts';
import type { RevisionStore } from './revision-store.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };

/** Returns a new Namespace with the fields that the defaults and the label admission of the real server set. */
export function completedNamespace(namespace: CompleteObject): CompleteObject {
  return {
    ...namespace,
    metadata: {
      ...namespace.metadata,
      labels: { 'kubernetes.io/metadata.name': namespace.metadata.name, ...namespace.metadata.labels },
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

/**
 * Checks that a namespace accepts new objects.
 * @throws ApiError 404 if the namespace does not exist; 403 if it is being deleted
 */
export function requireLiveNamespace(store: RevisionStore, kind: ResourceKind, namespace: string, name: string): void {
  const table = store.table('namespaces');
  if (table === undefined) return;
  const found = table.current.get(namespace);
  if (found === undefined) throw notFound(NAMESPACES, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(groupResourceOf(kind), name, why, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ]);
}

/**
 * Deletes namespaces as the namespace controller does, but in one step: the namespace becomes Terminating, its contents
 * are deleted, then the namespace itself.
 */
export interface NamespaceDeletion {
  /**
   * Starts the deletion of a namespace.
   * @param deleteObject deletes one object of the namespace; finalizers may keep the object
   */
  begin(namespace: CompleteObject, deleteObject: (kind: ResourceKind, key: string) => void): CompleteObject;
  /** Deletes a terminating namespace if its last object was deleted. Call it after each deletion of an object. */
  finish(namespace: string): void;
}

/** Returns the deletion of namespaces in a store. */
export function namespaceDeletion(store: RevisionStore, clock: Clock): NamespaceDeletion {
  const isEmpty = (namespace: string): boolean =>
    [...store.tables()].every(
      ({ kind, current }) => kind.namespaced === false || current.entries(`${namespace}/`).next().done === true,
    );

  const finish = (name: string): void => {
    const table = store.table('namespaces');
    const namespace = table?.current.get(name);
    if (table === undefined || namespace?.metadata.deletionTimestamp === undefined) return;
    if ((namespace.metadata.finalizers ?? []).length > 0 || !isEmpty(name)) return;
    store.commit({ type: 'DELETED', kind: table.kind, key: name, object: namespace });
  };

  return {
    begin: (namespace, deleteObject) => {
      const table = store.table('namespaces');
      if (table === undefined || namespace.metadata.deletionTimestamp !== undefined) return namespace;
      const { name } = namespace.metadata;
      const terminating = {
        ...terminatingObject(table.kind, namespace, clock.now()),
        status: { phase: 'Terminating' },
      };
      const [event] = store.commit({ type: 'MODIFIED', kind: table.kind, key: name, object: terminating });
      for (const { kind, current } of store.tables()) {
        if (kind.namespaced === false) continue;
        // The keys are collected first, because each deletion changes the iterated tree.
        for (const key of [...current.entries(`${name}/`)].map(([key]) => key)) deleteObject(kind, key);
      }
      finish(name);
      return event?.object ?? terminating;
    },
    finish,
  };
}

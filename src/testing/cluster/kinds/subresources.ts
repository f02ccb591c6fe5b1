/**
 * The subresources of built-in kinds besides `/status`: scale, binding and eviction.
 * @module
 */
import type { KubernetesObject } from '../../../server/wire/object.ts';
import { conflict } from '../../../server/wire/status.ts';
import { valueAtPath, numberAt, textAt } from '../../../server/wire/json.ts';
import { labelsText, selectorText } from '../columns/label-text.ts';
import type { ConnectSubresource, ViewSubresource } from './resource-kind.ts';
import { keyOf } from '../../../key.ts';

const SUCCESS = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as const;

/** Returns the selector of a workload as text. A ReplicationController has a plain map of labels. */
function scaleSelector(object: KubernetesObject): string {
  const selector = valueAtPath(object, 'spec', 'selector');
  return object.kind === 'ReplicationController' ? labelsText(selector) : selectorText(selector);
}

/** `/scale` of a workload, which `kubectl scale` reads and writes. */
export const scale: ViewSubresource = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  read: (object) => {
    const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
    return {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      spec: { replicas: numberAt(object, 'spec', 'replicas') },
      status: {
        replicas: numberAt(object, 'status', 'replicas'),
        selector: scaleSelector(object),
      },
    } as KubernetesObject;
  },
  write: (object, view) => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: view.metadata?.resourceVersion ?? '' },
    spec: { ...(valueAtPath(object, 'spec') as object), replicas: numberAt(view, 'spec', 'replicas') },
  }),
};

/** `/binding` of a pod: assigns the pod to a node, as a scheduler does. */
export const binding: ConnectSubresource = {
  kind: 'Binding',
  create: ({ object, body, dryRun, storage }) => {
    const { name } = object.metadata;
    const assigned = textAt(object, 'spec', 'nodeName');
    if (assigned !== '')
      throw conflict(
        { group: '', resource: 'pods/binding' },
        name,
        `pod ${name} is already assigned to node "${assigned}"`,
      );
    const nodeName = textAt(body, 'target', 'name');
    const bind = (): KubernetesObject =>
      ({ ...object, spec: { ...(valueAtPath(object, 'spec') as object), nodeName } }) as KubernetesObject;
    storage.modify('pods', keyOf(object), bind, { dryRun });
    return SUCCESS;
  },
};

/** `/eviction` of a pod: deletes it, as for `kubectl drain`. Disruption budgets are ignored. */
export const eviction: ConnectSubresource = {
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  create: ({ object, dryRun, storage }) => {
    storage.delete('pods', keyOf(object), { dryRun });
    return SUCCESS;
  },
};

/**
 * Pods of another cluster in a form that a kube-apiserver accepts, and that no scheduler, kubelet or controller touches.
 * @module
 */
import type { V1Pod } from '../../src/informers/index.ts';

/** The name of a scheduler that does not exist, so that no node runs the pods. */
const NO_SCHEDULER = 'kubefacet-bench';

/** Annotations of pods that a kubelet runs by itself. A kube-apiserver accepts them from kubelets only. */
const MIRROR = 'kubernetes.io/config.';

/** A pod to create, and the status that it gets then. */
export interface AcceptedPod {
  readonly pod: object;
  readonly status: object;
}

/**
 * Returns a pod for a namespace without its owners, which do not exist, without a node, and with the only ServiceAccount of each namespace.
 */
export function acceptedPod(pod: V1Pod, namespace: string): AcceptedPod {
  const { name, labels, annotations } = pod.metadata ?? {};
  const {
    nodeName: _node,
    serviceAccount: _account,
    priority: _priority,
    priorityClassName: _class,
    preemptionPolicy: _preemption,
    ...spec
  } = pod.spec ?? { containers: [] };
  return {
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels, annotations: withoutMirror(annotations ?? {}) },
      spec: {
        ...spec,
        serviceAccountName: 'default',
        automountServiceAccountToken: false,
        schedulerName: NO_SCHEDULER,
      },
    },
    status: pod.status ?? {},
  };
}

function withoutMirror(annotations: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !name.startsWith(MIRROR)));
}

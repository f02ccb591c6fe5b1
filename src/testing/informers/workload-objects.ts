/**
 * Makers of Deployments and other workloads for tests, see `objects.ts`.
 * @module
 */
import { splitKey } from '../../key.ts';
import type { V1DaemonSet, V1Deployment, V1Job, V1ReplicaSet, V1StatefulSet } from '../../informers/wire-type.ts';
import { metadata, type ObjectFields } from './objects.ts';

export interface WorkloadFields extends ObjectFields {
  /** `spec.replicas`. Default 1. */
  readonly replicas?: number | undefined;
  /** `status.readyReplicas`. Default 0. */
  readonly readyReplicas?: number | undefined;
  readonly image?: string | undefined;
  /** The labels of the selector and of its pods. Default `app: NAME`. */
  readonly selector?: Readonly<Record<string, string>> | undefined;
}

/** A Deployment: `deployment('shop/web', { replicas: 3, readyReplicas: 2 })`. */
export function deployment(key: string, fields: WorkloadFields = {}): V1Deployment {
  const { replicas, readyReplicas, selector, template } = workload(key, fields);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(key, fields),
    spec: { replicas, selector, template },
    status: { replicas, readyReplicas, availableReplicas: readyReplicas, updatedReplicas: replicas },
  };
}

/** A ReplicaSet. */
export function replicaSet(key: string, fields: WorkloadFields = {}): V1ReplicaSet {
  const { replicas, readyReplicas, selector, template } = workload(key, fields);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: metadata(key, fields),
    spec: { replicas, selector, template },
    status: { replicas, readyReplicas, availableReplicas: readyReplicas },
  };
}

/** A StatefulSet. */
export function statefulSet(key: string, fields: WorkloadFields = {}): V1StatefulSet {
  const { replicas, readyReplicas, selector, template } = workload(key, fields);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata(key, fields),
    spec: { replicas, selector, template, serviceName: splitKey(key).name },
    status: { replicas, readyReplicas },
  };
}

/** A DaemonSet. `replicas` is the number of nodes on which it should run. */
export function daemonSet(key: string, fields: WorkloadFields = {}): V1DaemonSet {
  const { replicas, readyReplicas, selector, template } = workload(key, fields);
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadata(key, fields),
    spec: { selector, template },
    status: {
      desiredNumberScheduled: replicas,
      currentNumberScheduled: replicas,
      numberReady: readyReplicas,
      numberMisscheduled: 0,
    },
  };
}

export interface JobFields extends ObjectFields {
  readonly active?: number | undefined;
  readonly succeeded?: number | undefined;
  readonly failed?: number | undefined;
  readonly image?: string | undefined;
}

/** A Job. */
export function job(key: string, fields: JobFields = {}): V1Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata(key, fields),
    spec: {
      template: { spec: { containers: [{ name: 'app', image: fields.image ?? 'busybox' }], restartPolicy: 'Never' } },
    },
    status: {
      ...(fields.active === undefined ? {} : { active: fields.active }),
      ...(fields.succeeded === undefined ? {} : { succeeded: fields.succeeded }),
      ...(fields.failed === undefined ? {} : { failed: fields.failed }),
    },
  };
}

interface WorkloadParts {
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly selector: { matchLabels: Record<string, string> };
  readonly template: {
    metadata: { labels: Record<string, string> };
    spec: { containers: { name: string; image: string }[] };
  };
}

function workload(key: string, fields: WorkloadFields): WorkloadParts {
  const labels = { ...(fields.selector ?? { app: splitKey(key).name }) };
  return {
    replicas: fields.replicas ?? 1,
    readyReplicas: fields.readyReplicas ?? 0,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels: { ...labels } },
      spec: { containers: [{ name: 'app', image: fields.image ?? 'nginx' }] },
    },
  };
}

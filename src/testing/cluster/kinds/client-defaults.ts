/**
 * The few defaults of the real server without which kubectl shows blank columns. The server sets them in objects that clients create, not
 * in objects that tests create in the process.
 * @module
 */
import type { Draft } from '../../../server/wire/writes/complete-object.ts';

const isDraft = (value: unknown): value is Draft =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns `draft[field]` as an object, and creates it if it is missing. */
const objectIn = (draft: Draft, field: string): Draft => {
  const present = draft[field];
  if (isDraft(present)) return present;
  const made: Draft = {};
  draft[field] = made;
  return made;
};

const fillIn = (draft: Draft, defaults: Draft): void => {
  for (const [field, value] of Object.entries(defaults)) draft[field] ??= value;
};

const fillInPodSpec = (spec: Draft): void => {
  fillIn(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
};

export function podDefaults(draft: Draft): void {
  fillInPodSpec(objectIn(draft, 'spec'));
  draft['status'] = { phase: 'Pending', qosClass: 'BestEffort' };
}

export function serviceDefaults(draft: Draft): void {
  const spec = objectIn(draft, 'spec');
  fillIn(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  for (const port of Array.isArray(spec['ports']) ? spec['ports'] : []) {
    if (isDraft(port)) fillIn(port, { protocol: 'TCP', targetPort: port['port'] });
  }
  draft['status'] = { loadBalancer: {} };
}

/** The defaults of kinds with `spec.replicas` and a pod template. */
export function workloadDefaults(draft: Draft): void {
  const spec = objectIn(draft, 'spec');
  fillIn(spec, { replicas: 1 });
  fillInPodSpec(objectIn(objectIn(spec, 'template'), 'spec'));
}

export function jobDefaults(draft: Draft): void {
  const spec = objectIn(draft, 'spec');
  fillIn(spec, { parallelism: 1, completions: 1, backoffLimit: 6, suspend: false });
}

export function cronJobDefaults(draft: Draft): void {
  fillIn(objectIn(draft, 'spec'), {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
}

export function secretDefaults(draft: Draft): void {
  fillIn(draft, { type: 'Opaque' });
  const plain = draft['stringData'];
  if (!isDraft(plain)) return;
  delete draft['stringData'];
  const encoded = objectIn(draft, 'data');
  for (const [key, value] of Object.entries(plain)) encoded[key] = Buffer.from(String(value)).toString('base64');
}

/** The defaults of claims and volumes. They stay pending, because no controller binds them. */
export function pendingDefaults(draft: Draft): void {
  draft['status'] = { phase: 'Pending' };
}

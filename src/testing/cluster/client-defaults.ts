import type { Draft } from '../../server/wire/writes/complete-object.ts';

// The few defaults of the real server without which kubectl shows blanks. A client's create gets them, an in-process one does not.

const isDraft = (value: unknown): value is Draft =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `draft[field]` as an object to be filled in; it is made if it is not there. */
const within = (draft: Draft, field: string): Draft => {
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
  fillInPodSpec(within(draft, 'spec'));
  draft['status'] = { phase: 'Pending', qosClass: 'BestEffort' };
}

export function serviceDefaults(draft: Draft): void {
  const spec = within(draft, 'spec');
  fillIn(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  for (const port of Array.isArray(spec['ports']) ? spec['ports'] : []) {
    if (isDraft(port)) fillIn(port, { protocol: 'TCP', targetPort: port['port'] });
  }
  draft['status'] = { loadBalancer: {} };
}

/** Of everything with `spec.replicas` and a pod template. */
export function workloadDefaults(draft: Draft): void {
  const spec = within(draft, 'spec');
  fillIn(spec, { replicas: 1 });
  fillInPodSpec(within(within(spec, 'template'), 'spec'));
}

export function jobDefaults(draft: Draft): void {
  const spec = within(draft, 'spec');
  fillIn(spec, { parallelism: 1, completions: 1, backoffLimit: 6, suspend: false });
}

export function cronJobDefaults(draft: Draft): void {
  fillIn(within(draft, 'spec'), {
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
  const encoded = within(draft, 'data');
  for (const [key, value] of Object.entries(plain)) encoded[key] = Buffer.from(String(value)).toString('base64');
}

/** Claims and volumes wait for a controller that is not there. */
export function pendingDefaults(draft: Draft): void {
  draft['status'] = { phase: 'Pending' };
}

/**
 * The Services in front of generated Deployments and StatefulSets.
 * @module
 */
import { timestampOf } from '../../../server/wire/writes/object-writes.ts';
import { randomUid, type RandomNumber } from './random.ts';
import type { Service, WorkloadKind } from './types.ts';

/** A workload, and the port of its containers with the name `http`. */
export interface ServedWorkload {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
  /** The creation time in milliseconds since the epoch. */
  readonly at: number;
}

/** Returns the Service of a workload, which has the workload's name. */
export type ServiceMaker = (workload: ServedWorkload) => Service;

/**
 * Creates a maker of Services. A StatefulSet gets a headless Service, which gives its pods stable names. The other Services get consecutive
 * addresses in 10.96.0.0/12.
 */
export function serviceMaker(random: RandomNumber): ServiceMaker {
  // The first addresses are those of the API server and the DNS server in a real cluster.
  let next = 11;
  const address = (): string => {
    const offset = next++;
    return `10.${96 + (offset >> 16)}.${(offset >> 8) & 255}.${offset & 255}`;
  };
  return ({ kind, name, namespace, labels, port, at }) => {
    const clusterIP = kind === 'StatefulSet' ? 'None' : address();
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name,
        namespace,
        uid: randomUid(random),
        creationTimestamp: timestampOf(at),
        labels,
      },
      spec: {
        type: 'ClusterIP',
        clusterIP,
        clusterIPs: [clusterIP],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
        selector: { app: name },
        ports: [{ name: 'http', protocol: 'TCP', port: kind === 'StatefulSet' ? port : 80, targetPort: 'http' }],
        sessionAffinity: 'None',
      },
      status: { loadBalancer: {} },
    };
  };
}

/** The objects that the end-to-end tests create in a cluster. */
import { isIP } from 'node:net';

export const NAMESPACE = 'kubefacet-e2e';

/** The name or address under which the cluster reaches this machine. */
const ADDRESS = process.env['E2E_ADDRESS'] ?? 'localhost';

/** A pod in {@link NAMESPACE}. */
export function pod(name: string, app: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels: { app } },
    spec: {
      containers: [
        { name: 'main', image: 'example.com/none', resources: { requests: { cpu: '250m', memory: '64Mi' } } },
      ],
    },
  };
}

/** A Service that routes requests of the aggregator to a port of this machine. */
export function service(port: number): object[] {
  const metadata = { name: 'kubefacet', namespace: 'kubefacet' };
  if (isIP(ADDRESS) === 0) {
    return [{ apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'ExternalName', externalName: ADDRESS } }];
  }
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port, targetPort: port }] } },
    { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [{ addresses: [{ ip: ADDRESS }], ports: [{ port }] }] },
  ];
}

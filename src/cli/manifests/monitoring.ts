/**
 * The objects for a Prometheus of the Prometheus Operator: a ServiceMonitor, and the right of its ServiceAccount to read `/metrics`.
 * @module
 */
import type { V1ClusterRole, V1ClusterRoleBinding, V1ConfigMap } from '../../informers/index.ts';
import { caNameOf } from '../self-made/self-made-certificate.ts';
import { type Deployed, labelsOf } from './manifest-options.ts';

/** The fields of a ServiceMonitor that the manifests use. client-node has no type for it. */
export interface ServiceMonitor {
  readonly apiVersion: 'monitoring.coreos.com/v1';
  readonly kind: 'ServiceMonitor';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Labels };
  readonly spec: {
    readonly selector: { readonly matchLabels: Labels };
    readonly endpoints: readonly {
      readonly port: string;
      readonly scheme: 'https';
      readonly path: string;
      readonly bearerTokenFile: string;
      readonly tlsConfig: { readonly serverName: string; readonly ca: CaReference };
    }[];
  };
}

type Labels = ReturnType<typeof labelsOf>;

/** A key of a ConfigMap or a Secret in the namespace of the ServiceMonitor. */
type CaReference = Partial<Record<'configMap' | 'secret', { readonly name: string; readonly key: string }>>;

const RBAC = 'rbac.authorization.k8s.io';
/** The token of the ServiceAccount of Prometheus, in its pod. */
const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Returns the objects; none without an account of Prometheus. */
export function monitoringObjects(
  deployed: Deployed,
): (V1ConfigMap | V1ClusterRole | V1ClusterRoleBinding | ServiceMonitor)[] {
  const { name, namespace, ca, tls, tlsSecret, serviceMonitor: account } = deployed;
  if (account === undefined) return [];
  const labels = labelsOf(deployed);
  const role = `${name}-metrics`;
  const caName = caNameOf(deployed);
  const caObject: V1ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: caName, namespace, labels },
    data: { 'ca.crt': ca ?? '' },
  };
  const monitor: ServiceMonitor = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name, namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      endpoints: [
        {
          port: 'https',
          scheme: 'https',
          path: '/metrics',
          bearerTokenFile: TOKEN_FILE,
          tlsConfig: {
            serverName: `${name}.${namespace}.svc`,
            // cert-manager and other issuers keep the CA beside the certificate, and the server keeps it in its own Secret.
            ca:
              ca === undefined
                ? { secret: { name: tls === 'self-made' ? caName : tlsSecret, key: 'ca.crt' } }
                : { configMap: { name: caName, key: 'ca.crt' } },
          },
        },
      ],
    },
  };
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: role, labels },
      rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: role, labels },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
    ...(ca === undefined ? [] : [caObject]),
    monitor,
  ];
}

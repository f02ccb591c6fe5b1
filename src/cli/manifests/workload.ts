/**
 * The objects that run a server: its namespace, its ServiceAccount, the Service, the Deployment and the PodDisruptionBudget.
 * @module
 */
import type { DefinitionFacts } from '../../definition/definition-facts.ts';
import type {
  V1Container,
  V1Deployment,
  V1Namespace,
  V1PodDisruptionBudget,
  V1PodSpec,
  V1Service,
  V1ServiceAccount,
} from '../../informers/index.ts';
import { bytesText, variableOf } from '../settings/setting.ts';
import { type Deployed, labelsOf } from './manifest-options.ts';
import { heapFlags } from './memory.ts';
import { claimName, storeFolder } from './storage.ts';

/** The port of the server in its pod, the default of the setting `serve.port`. */
const PORT = 8443;
/** A user without rights in any image. */
const USER = 65_532;
/** The time until kube-proxy and the aggregator have noticed that a pod ends. */
const SHUTDOWN_DELAY_S = 30;
/** More than the delay, the time over which watches end (3 s) and that of requests in progress (60 s). */
const TERMINATION_S = 100;

/** Returns the namespace of a server. */
export function namespaceObject(deployed: Deployed): V1Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: deployed.namespace, labels: labelsOf(deployed) } };
}

/** Returns the ServiceAccount of a server. */
export function serviceAccountObject(deployed: Deployed): V1ServiceAccount {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadataOf(deployed) };
}

/** Returns the Service. One replica takes the load of each kube-apiserver if positions are valid on one replica only. */
export function serviceObject(deployed: Deployed, { hasLocalViews }: DefinitionFacts): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(deployed),
    spec: {
      selector: selectorOf(deployed),
      sessionAffinity: hasLocalViews ? 'ClientIP' : 'None',
      ports: [{ name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' }],
    },
  };
}

/** Returns the Deployment. A server whose objects one process only can use has one replica. */
export function deploymentObject(deployed: Deployed, facts: DefinitionFacts): V1Deployment {
  const isSingle = facts.singleProcess.length > 0;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(deployed),
    spec: {
      replicas: isSingle ? 1 : deployed.replicas,
      strategy: isSingle
        ? { type: 'Recreate' }
        : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: selectorOf(deployed) },
      template: { metadata: { labels: labelsOf(deployed) }, spec: podSpec(deployed, storeFolder(facts)) },
    },
  };
}

/** Returns the PodDisruptionBudget. It never blocks the drain of a node, even with one replica. */
export function disruptionBudgetObject(deployed: Deployed): V1PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(deployed),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(deployed) } },
  };
}

function podSpec(deployed: Deployed, folder: string | undefined): V1PodSpec {
  const { name, tlsSecret } = deployed;
  const spread = (topologyKey: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorOf(deployed) },
  });
  return {
    serviceAccountName: name,
    // Kubernetes would create variables such as KUBEFACET_PORT for Services of the namespace.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: TERMINATION_S,
    topologySpreadConstraints: [spread('kubernetes.io/hostname'), spread('topology.kubernetes.io/zone')],
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container(deployed, folder)],
    volumes: [
      ...(isSelfMade(deployed) ? [] : [{ name: 'tls', secret: { secretName: tlsSecret, defaultMode: 0o440 } }]),
      { name: 'tmp', emptyDir: {} },
      ...(folder === undefined ? [] : [{ name: 'data', persistentVolumeClaim: { claimName: claimName(deployed) } }]),
    ],
  };
}

function container(deployed: Deployed, folder: string | undefined): V1Container {
  const { image, module, cpu, memory, namespaces } = deployed;
  const settings: Readonly<Record<string, string>> = {
    ...tlsSettings(deployed),
    'serve.port': String(PORT),
    'shutdown.delay': `${SHUTDOWN_DELAY_S}s`,
    ...(namespaces !== undefined && { namespaces: namespaces.join(',') }),
  };
  return {
    name: 'server',
    image,
    command: ['node', 'node_modules/.bin/kubefacet', 'serve', module],
    env: [
      { name: 'NODE_OPTIONS', value: heapFlags(memory) },
      ...Object.entries(settings).map(([key, value]) => ({ name: variableOf(key), value })),
    ],
    ports: [{ name: 'https', containerPort: PORT, protocol: 'TCP' }],
    livenessProbe: probe('/livez', { periodSeconds: 10, failureThreshold: 6 }),
    readinessProbe: probe('/readyz', { periodSeconds: 5, failureThreshold: 2 }),
    resources: { requests: { cpu, memory: bytesText(memory) }, limits: { memory: bytesText(memory) } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      ...(isSelfMade(deployed) ? [] : [{ name: 'tls', mountPath: '/tls', readOnly: true }]),
      { name: 'tmp', mountPath: '/tmp' },
      ...(folder === undefined ? [] : [{ name: 'data', mountPath: folder }]),
    ],
  };
}

/** Returns the settings of the certificate. */
function tlsSettings(deployed: Deployed): Readonly<Record<string, string>> {
  return isSelfMade(deployed)
    ? { 'tls.mode': 'self-made', 'tls.service': `${deployed.namespace}/${deployed.name}` }
    : { 'tls.mode': 'files', 'tls.certFile': '/tls/tls.crt', 'tls.privateKeyFile': '/tls/tls.key' };
}

function isSelfMade({ tls }: Deployed): boolean {
  return tls === 'self-made';
}

function probe(path: string, times: { readonly periodSeconds: number; readonly failureThreshold: number }) {
  return { httpGet: { path, port: 'https', scheme: 'HTTPS' }, timeoutSeconds: 5, ...times };
}

function metadataOf(
  deployed: Deployed,
): Required<Pick<NonNullable<V1Service['metadata']>, 'name' | 'namespace' | 'labels'>> {
  const { name, namespace } = deployed;
  return { name, namespace, labels: labelsOf(deployed) };
}

function selectorOf({ name }: Deployed): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': name };
}

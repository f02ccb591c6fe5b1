/**
 * The pod templates of generated workloads, with the managedFields of their pods.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Application } from './applications.ts';
import type { Container, PodSpec, Workload } from './types.ts';

/**
 * The parts that the pods of one workload share. Pods refer to them and do not copy them, so that 100,000 pods fit in
 * memory.
 */
export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: PodSpec;
  /** The `fieldsV1` of the controller that creates the pods. */
  readonly controllerFields: object;
}

export interface PodTemplateOptions {
  readonly application: Application;
  readonly namespace: string;
  readonly restartPolicy?: PodSpec['restartPolicy'] | undefined;
}

/** Returns a template as a Helm chart renders it for one namespace. */
export function podTemplate({ application, namespace, restartPolicy = 'Always' }: PodTemplateOptions): PodTemplate {
  const labels = labelsOf(application, namespace);
  const containers = containersOf(application, namespace);
  const { name } = application;
  return {
    metadata: {
      labels,
      annotations: {
        'checksum/config': digest(`${namespace}/${name}/config`),
        'prometheus.io/path': '/metrics',
        'prometheus.io/port': String(application.port),
        'prometheus.io/scrape': 'true',
      },
    },
    spec: {
      volumes: [
        { name: 'config', configMap: { name: `${name}-config`, defaultMode: 420 } },
        { name: 'tmp', emptyDir: {} },
        {
          name: 'kube-api-access',
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
              {
                downwardAPI: {
                  items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
                },
              },
            ],
            defaultMode: 420,
          },
        },
      ],
      containers,
      restartPolicy,
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: name,
      serviceAccount: name,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        fsGroup: 10001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((taint) => ({
        key: `node.kubernetes.io/${taint}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: { app: name } },
        },
      ],
    },
    controllerFields: controllerFields(labels, containers),
  };
}

/** Returns the template of a workload, for the creation of further pods. */
export function templateOf({ spec }: Pick<Workload, 'spec'>): PodTemplate {
  const { metadata = {}, spec: podSpec } = spec.template as {
    readonly metadata?: Partial<PodTemplate['metadata']>;
    readonly spec: PodSpec;
  };
  const { labels = {}, annotations = {} } = metadata;
  return {
    metadata: { labels, annotations },
    spec: podSpec,
    controllerFields: controllerFields(labels, podSpec.containers),
  };
}

/** Returns the hash of a Deployment's template, which is in the name of its ReplicaSet and in a label of its pods. */
export function podTemplateHash(namespace: string, name: string, revision = 1): string {
  return digest(`${namespace}/${name}/${revision}`)
    .slice(0, 10)
    .replaceAll(/[013ae]/g, (digit) => 'xzwvt'['013ae'.indexOf(digit)] ?? digit);
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const labelsOf = (application: Application, namespace: string): Readonly<Record<string, string>> => ({
  app: application.name,
  'app.kubernetes.io/component': application.component,
  'app.kubernetes.io/instance': `${application.name}-${namespace}`,
  'app.kubernetes.io/managed-by': 'Helm',
  'app.kubernetes.io/name': application.name,
  'app.kubernetes.io/part-of': namespace,
  'app.kubernetes.io/version': application.image.split(':').at(-1) ?? 'latest',
});

const containersOf = (application: Application, namespace: string): readonly Container[] => {
  const { name, image, port, cpu, memory } = application;
  const probe = (path: string): object => ({
    httpGet: { path, port: 'http', scheme: 'HTTP' },
    initialDelaySeconds: 5,
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  const common = {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: {
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
    },
  };
  const access = {
    name: 'kube-api-access',
    readOnly: true,
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  };
  const main: Container = {
    name,
    image,
    args: ['--config=/etc/app/config.yaml', `--listen=:${port}`, '--log-format=json'],
    ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      { name: 'POD_IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } },
      { name: 'ENVIRONMENT', value: namespace },
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://collector.monitoring.svc:4317' },
      { name: 'DATABASE_PASSWORD', valueFrom: { secretKeyRef: { name: `${name}-database`, key: 'password' } } },
    ],
    resources: { limits: { memory }, requests: { cpu, memory } },
    volumeMounts: [
      { name: 'config', readOnly: true, mountPath: '/etc/app' },
      { name: 'tmp', mountPath: '/tmp' },
      access,
    ],
    livenessProbe: probe('/livez'),
    readinessProbe: probe('/readyz'),
    ...common,
  };
  if (!application.sidecar) return [main];
  return [
    main,
    {
      name: 'log-shipper',
      image: 'registry.example.com/monitoring/log-shipper:3.1.9',
      args: ['--source=/tmp/logs'],
      resources: { limits: { memory: '64Mi' }, requests: { cpu: '10m', memory: '32Mi' } },
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, access],
      ...common,
    },
  ];
};

const allOf = (keys: readonly string[]): Record<string, object> =>
  Object.fromEntries(keys.map((key) => [`f:${key}`, {}]));

const controllerFields = (labels: Readonly<Record<string, string>>, containers: readonly Container[]): object => ({
  'f:metadata': {
    'f:annotations': {
      '.': {},
      ...allOf(['checksum/config', 'prometheus.io/path', 'prometheus.io/port', 'prometheus.io/scrape']),
    },
    'f:generateName': {},
    'f:labels': { '.': {}, ...allOf(Object.keys(labels)), 'f:pod-template-hash': {} },
    'f:ownerReferences': { '.': {} },
  },
  'f:spec': {
    'f:containers': Object.fromEntries(
      containers.map((container) => [
        `k:{"name":"${container.name}"}`,
        { '.': {}, ...allOf(Object.keys(container)), 'f:resources': { '.': {}, 'f:limits': {}, 'f:requests': {} } },
      ]),
    ),
    ...allOf([
      'dnsPolicy',
      'enableServiceLinks',
      'restartPolicy',
      'schedulerName',
      'securityContext',
      'serviceAccountName',
    ]),
    ...allOf(['terminationGracePeriodSeconds', 'tolerations', 'topologySpreadConstraints', 'volumes']),
  },
});

/** The `fieldsV1` of the kubelet in every pod. */
export const KUBELET_FIELDS: object = {
  'f:status': {
    'f:conditions': Object.fromEntries(
      ['ContainersReady', 'Initialized', 'PodReadyToStartContainers', 'Ready'].map((type) => [
        `k:{"type":"${type}"}`,
        { '.': {}, ...allOf(['lastProbeTime', 'lastTransitionTime', 'status', 'type']) },
      ]),
    ),
    ...allOf(['containerStatuses', 'hostIP', 'hostIPs', 'phase', 'podIP', 'podIPs', 'startTime']),
  },
};

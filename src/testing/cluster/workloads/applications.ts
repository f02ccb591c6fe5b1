/**
 * The applications of a generated cluster.
 * @module
 */

/** The properties of a generated application. */
export interface Application {
  /** The label `app`, which is also the name of its workload. */
  readonly name: string;
  readonly component: string;
  readonly image: string;
  readonly port: number;
  readonly cpu: string;
  readonly memory: string;
  /** True if the pods have a second container that ships logs. */
  readonly sidecar: boolean;
}

/**
 * Applications with any number of replicas and without stable names. Each is in several namespaces, and `web` is in
 * all.
 */
export const statelessApplications: readonly [Application, ...Application[]] = [
  {
    name: 'web',
    component: 'frontend',
    image: 'registry.example.com/shop/web:1.27.4',
    port: 8080,
    cpu: '25m',
    memory: '64Mi',
    sidecar: true,
  },
  {
    name: 'api',
    component: 'backend',
    image: 'registry.example.com/shop/api:4.2.0',
    port: 8443,
    cpu: '50m',
    memory: '128Mi',
    sidecar: false,
  },
  {
    name: 'worker',
    component: 'backend',
    image: 'registry.example.com/shop/worker:4.2.0',
    port: 9090,
    cpu: '100m',
    memory: '256Mi',
    sidecar: false,
  },
  {
    name: 'checkout',
    component: 'backend',
    image: 'registry.example.com/shop/checkout:2.9.1',
    port: 8080,
    cpu: '50m',
    memory: '128Mi',
    sidecar: true,
  },
  {
    name: 'search',
    component: 'backend',
    image: 'registry.example.com/search/query:0.14.2',
    port: 9200,
    cpu: '200m',
    memory: '512Mi',
    sidecar: false,
  },
  {
    name: 'gateway',
    component: 'edge',
    image: 'registry.example.com/edge/gateway:3.1.0',
    port: 8000,
    cpu: '50m',
    memory: '96Mi',
    sidecar: false,
  },
  {
    name: 'mailer',
    component: 'backend',
    image: 'registry.example.com/notify/mailer:1.8.3',
    port: 2525,
    cpu: '10m',
    memory: '48Mi',
    sidecar: false,
  },
  {
    name: 'scheduler',
    component: 'batch',
    image: 'registry.example.com/batch/scheduler:0.9.7',
    port: 8081,
    cpu: '25m',
    memory: '96Mi',
    sidecar: false,
  },
];

/** Applications whose pods have stable names. */
export const statefulApplications: readonly [Application, ...Application[]] = [
  {
    name: 'db',
    component: 'database',
    image: 'registry.example.com/data/postgres:16.4',
    port: 5432,
    cpu: '250m',
    memory: '1Gi',
    sidecar: false,
  },
  {
    name: 'cache',
    component: 'cache',
    image: 'registry.example.com/data/valkey:8.0.1',
    port: 6379,
    cpu: '50m',
    memory: '512Mi',
    sidecar: false,
  },
  {
    name: 'queue',
    component: 'messaging',
    image: 'registry.example.com/data/nats:2.10.21',
    port: 4222,
    cpu: '100m',
    memory: '256Mi',
    sidecar: false,
  },
];

/** Applications with one pod on each node. */
export const nodeApplications: readonly [Application, ...Application[]] = [
  {
    name: 'kube-proxy',
    component: 'network',
    image: 'registry.k8s.io/kube-proxy:v1.34.1',
    port: 10249,
    cpu: '50m',
    memory: '64Mi',
    sidecar: false,
  },
  {
    name: 'node-exporter',
    component: 'monitoring',
    image: 'registry.example.com/monitoring/node-exporter:1.8.2',
    port: 9100,
    cpu: '20m',
    memory: '48Mi',
    sidecar: false,
  },
];

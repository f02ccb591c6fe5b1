/**
 * The measured server: projections of the pods of the upstream, behind a front proxy, with audit lines to /dev/null. It is set up as
 * `kubefacet serve` is.
 * @module
 */
import { podSummaries } from '../../examples/pod-summaries.ts';
import { podZoneResource } from '../../examples/pod-zone-resource.ts';
import type { InformerFactory, V1Pod } from '../../src/informers/index.ts';
import { informerFactory, loadKubeConfig } from '../../src/informers/index.ts';
import { identity, map } from '../../src/projections/index.ts';
import { type ApiServer, apiServer, pinoLogger, type Resource, resource } from '../../src/server/index.ts';
import { provide } from '../harness/calls.ts';
import { CHANGES_ANNOTATION } from '../pods/pod-json.ts';
import { usage } from './process-usage.ts';

/** The resources that a server can serve, by their plural. */
const RESOURCES = {
  /** Each pod as it is. */
  wholepods: ({ pods }) => resource({ kind: 'WholePod', plural: 'wholepods', namespaced: true }, pods),
  /** The summaries of the demo, of about 0.6 kB. */
  podsummaries: ({ pods }) => podSummaries(pods),
  /** The rows of a dashboard, of about 1 kB. */
  podrows: ({ pods }) => resource({ kind: 'PodRow', plural: 'podrows', namespaced: true }, pods.pipe(map(podRow))),
  /** The zones of pods, joined from their nodes. */
  podzones: ({ pods, nodes }) => podZoneResource(pods, nodes),
} satisfies Record<string, (informers: InformerFactory) => Resource>;

export type ServedPlural = keyof typeof RESOURCES;

interface ServerOptions {
  readonly kubeConfig: string;
  readonly tls: { readonly certificate: string; readonly key: string };
  /** The CA of the certificate of the front proxy. */
  readonly clientCa: string;
  readonly resources: readonly ServedPlural[];
}

function podRow(pod: V1Pod) {
  const { spec, status } = pod;
  return {
    metadata: identity(pod),
    spec: {
      nodeName: spec?.nodeName,
      serviceAccountName: spec?.serviceAccountName,
      priorityClassName: spec?.priorityClassName,
      images: spec?.containers.map(({ image }) => image),
    },
    status: {
      phase: status?.phase,
      podIP: status?.podIP,
      hostIP: status?.hostIP,
      startTime: status?.startTime,
      changes: Number(pod.metadata?.annotations?.[CHANGES_ANNOTATION]),
      conditions: status?.conditions?.map(({ type, status: value }) => ({ type, status: value })),
      containers: status?.containerStatuses?.map(({ name, ready, restartCount }) => ({ name, ready, restartCount })),
    },
  };
}

let server: ApiServer | undefined;

async function start({ kubeConfig, tls, clientCa, resources }: ServerOptions): Promise<number> {
  const informers = informerFactory({ kubeConfig: await loadKubeConfig({ text: kubeConfig }) });
  const log = pinoLogger({ level: 'info', destination: '/dev/null' });
  server = apiServer({
    informers,
    apis: [{ group: 'example.com', version: 'v1', resources: resources.map((plural) => RESOURCES[plural](informers)) }],
    authentication: {
      clientCa,
      allowedNames: ['front-proxy-client'],
      usernameHeaders: ['x-remote-user'],
      uidHeaders: ['x-remote-uid'],
      groupHeaders: ['x-remote-group'],
      extraHeaderPrefixes: ['x-remote-extra-'],
    },
    authorization: 'delegated',
    log,
    audit: (event) => log.audit(event),
    // A thousand clients of one user list at once.
    limits: { reads: 8000 },
  });
  await server.listen({ port: 0, host: '127.0.0.1', tls: { cert: tls.certificate, key: tls.key } });
  return server.port;
}

const functions = {
  ...usage,
  /** Starts the server, and waits until it is ready. Returns its port. */
  async start(options: ServerOptions): Promise<number> {
    const port = await start(options);
    while (server?.counts().ready !== true) await new Promise((resolve) => setTimeout(resolve, 5));
    return port;
  },
  /** Resolves when this number of rows have changed since the start. */
  async changed(changes: number): Promise<void> {
    while ((server?.counts().changes ?? 0) < changes) await new Promise((resolve) => setTimeout(resolve, 5));
  },
  /** Returns the number of rows, and of their changes since the start. */
  counts: () => {
    const { rows = 0, changes = 0 } = server?.counts() ?? {};
    return { rows, changes };
  },
};

export type ServerFunctions = typeof functions;
provide(functions);

/**
 * `kubefacet demo`: the example projections, served from a cluster inside this process or from a real one.
 * @module
 */
import { resolve } from 'node:path';
import { informerFactory, type InformerFactory, loadKubeConfig } from '../informers/index.ts';
import { apiServer, type ApiServer } from '../server/index.ts';
import { demoResources } from '../../examples/demo-resources.ts';
import { checkReachable } from './check-reachable.ts';
import { type DemoCluster, startCluster } from './demo-cluster.ts';
import type { DemoOptions } from './demo-options.ts';
import { guidance, realClusterGuidance } from './guidance.ts';
import { oneLine } from './one-line.ts';
import { quietLogger } from './quiet-logger.ts';
import { servingCertificate } from './serving-certificate.ts';
import { statusLine } from './status-line.ts';
import { untilReady } from './until-ready.ts';

/** What a command has of its surroundings. */
export interface Terminal {
  readonly out: NodeJS.WriteStream;
  /** Ends the command. */
  readonly signal: AbortSignal;
}

const GROUP = 'example.com';
const VERSION = 'v1';
const KUBECONFIG = '.kubefacet/demo.kubeconfig';

/**
 * Runs until the signal is aborted.
 * @throws CliError when it cannot start
 */
export async function demo(options: DemoOptions, terminal: Terminal): Promise<void> {
  const { kubeconfig } = options;
  await oneLine(() =>
    kubeconfig === undefined ? onFakeCluster(options, terminal) : onRealCluster(options, kubeconfig, terminal),
  );
}

async function onFakeCluster(options: DemoOptions, { out, signal }: Terminal): Promise<void> {
  const { certificate, caBundle } = await servingCertificate(options);
  const cluster = await startCluster(options, resolve(KUBECONFIG));
  try {
    const informers = informerFactory({ kubeConfig: await loadKubeConfig({ path: cluster.kubeConfigPath }) });
    const server = exampleServer(informers, 'front-proxy');
    try {
      await server.listen({ host: '127.0.0.1', port: options.servePort ?? 0, tls: certificate });
      await cluster.register({ group: GROUP, version: VERSION, port: server.port, caBundle });
      out.write(guidance({ url: cluster.url, kubeConfig: KUBECONFIG, port: server.port, contents: cluster.contents }));
      await run(server, cluster, { out, signal });
    } finally {
      await server.close();
      await informers.close();
    }
  } finally {
    await cluster.close();
  }
}

async function onRealCluster(options: DemoOptions, path: string, { out, signal }: Terminal): Promise<void> {
  const { certificate, caBundle } = await servingCertificate(options);
  const kubeConfig = await loadKubeConfig({ path });
  const informers = informerFactory({ kubeConfig });
  const server = exampleServer(informers, options.insecureDev ? 'insecure-dev' : 'front-proxy');
  try {
    await checkReachable(informers.transport, signal);
    await server.listen({ port: options.servePort ?? 0, tls: certificate });
    const url = kubeConfig.getCurrentCluster()?.server ?? '';
    out.write(realClusterGuidance({ url, port: server.port, caBundle, insecureDev: options.insecureDev }));
    await run(server, undefined, { out, signal });
  } finally {
    await server.close();
    await informers.close();
  }
}

function exampleServer(informers: InformerFactory, authentication: 'front-proxy' | 'insecure-dev'): ApiServer {
  return apiServer({
    informers,
    apis: [{ group: GROUP, version: VERSION, resources: demoResources(informers) }],
    authentication,
    log: quietLogger,
  });
}

async function run(server: ApiServer, cluster: DemoCluster | undefined, { out, signal }: Terminal): Promise<void> {
  await untilReady(server, out, signal);
  if (signal.aborted) return;
  cluster?.begin(signal);
  out.write('ready\n');
  if (out.isTTY) statusLine(server, out, signal);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

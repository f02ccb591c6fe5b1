/**
 * `kubefacet demo`: the example projections, served from a cluster inside this process or from a real one.
 * @module
 */
import { resolve } from 'node:path';
import {
  ConnectionError,
  CredentialsError,
  informerFactory,
  type InformerFactory,
  KubeConfigError,
  type KubeTransport,
  loadKubeConfig,
  UpstreamApiError,
} from '../informers/index.ts';
import {
  ApiError,
  apiServer,
  type ApiServer,
  ListenError,
  type Logger,
  ServerDefinitionError,
  stderrLogger,
} from '../server/index.ts';
import { ApiServiceUnavailableError, LoadObjectsError, PortInUseError } from '../testing/index.ts';
import { demoResources } from '../../examples/demo-resources.ts';
import { CliError } from './cli-error.ts';
import { type DemoCluster, startCluster } from './demo-cluster.ts';
import type { DemoOptions } from './demo-options.ts';
import { fakeClusterInstructions, realClusterInstructions, untilReady } from './demo-output.ts';
import { servingCertificate } from './serving-certificate.ts';
import { StatusLine } from './status-line.ts';
import { type Terminal, untilAborted } from './terminal.ts';

const GROUP = 'example.com';
const VERSION = 'v1';
const KUBECONFIG = '.kubefacet/demo.kubeconfig';

/** Logs warnings and errors only, so that the status line stays readable. */
const quietLogger: Logger = { ...stderrLogger, debug: () => undefined, info: () => undefined };

/** Errors with a message for users. They end the command with this message, without a stack. */
const EXPECTED_ERRORS = [
  ApiError,
  ApiServiceUnavailableError,
  ConnectionError,
  CredentialsError,
  KubeConfigError,
  ListenError,
  LoadObjectsError,
  PortInUseError,
  ServerDefinitionError,
];

/**
 * Runs the demo until the signal is aborted.
 * @throws CliError if it cannot start
 */
export async function demo(options: DemoOptions, terminal: Terminal): Promise<void> {
  const { kubeconfig } = options;
  try {
    if (kubeconfig === undefined) await onFakeCluster(options, terminal);
    else await onRealCluster(options, kubeconfig, terminal);
  } catch (error) {
    if (!EXPECTED_ERRORS.some((type) => error instanceof type)) throw error;
    throw new CliError((error as Error).message.split('\n')[0] ?? '', 1, error);
  }
}

async function onFakeCluster(options: DemoOptions, { out, signal }: Terminal): Promise<void> {
  const { certificate, caBundle } = await servingCertificate(options);
  const kubeConfig = resolve(KUBECONFIG);
  const cluster = await startCluster(options, kubeConfig);
  try {
    const informers = informerFactory({ kubeConfig: await loadKubeConfig({ path: kubeConfig }) });
    const line = new StatusLine(out);
    const server = exampleServer(informers, 'delegated', line);
    try {
      await server.listen({ host: '127.0.0.1', port: options.servePort ?? 0, tls: certificate });
      const { port } = server;
      await cluster.register({ group: GROUP, version: VERSION, port, caBundle });
      out.write(fakeClusterInstructions({ url: cluster.url, kubeConfig, port, contents: cluster.contents }));
      await run({ server, informers, cluster, line }, { out, signal });
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
  const { insecureDev } = options;
  const kubeConfig = await loadKubeConfig({ path });
  const informers = informerFactory({ kubeConfig });
  const line = new StatusLine(out);
  const server = exampleServer(informers, insecureDev ? 'insecure-dev' : 'delegated', line);
  try {
    await requireReachable(informers.transport, signal);
    await server.listen({ port: options.servePort ?? 0, tls: certificate });
    const url = kubeConfig.getCurrentCluster()?.server ?? '';
    out.write(realClusterInstructions({ url, port: server.port, caBundle, insecureDev }));
    await run({ server, informers, cluster: undefined, line }, { out, signal });
  } finally {
    await server.close();
    await informers.close();
  }
}

/**
 * Requests the version of a cluster, to detect a wrong kubeconfig before anything is started.
 * @throws ConnectionError if the cluster cannot be reached, CliError if it rejects the credentials
 */
async function requireReachable(transport: KubeTransport, signal: AbortSignal): Promise<void> {
  try {
    await transport.get('/version', { signal });
  } catch (error) {
    if (!(error instanceof UpstreamApiError)) throw error;
    const message = `the cluster responds with ${error.message}; check the credentials in the kubeconfig`;
    throw new CliError(message, 1, error);
  }
}

function exampleServer(
  informers: InformerFactory,
  authentication: 'delegated' | 'insecure-dev',
  line: StatusLine,
): ApiServer {
  return apiServer({
    informers,
    apis: [{ group: GROUP, version: VERSION, resources: demoResources(informers) }],
    authentication,
    log: line.log(quietLogger),
  });
}

interface RunningDemo {
  readonly server: ApiServer;
  readonly informers: InformerFactory;
  readonly cluster: DemoCluster | undefined;
  readonly line: StatusLine;
}

async function run({ server, informers, cluster, line }: RunningDemo, { out, signal }: Terminal): Promise<void> {
  await untilReady(server, out, signal);
  if (signal.aborted) return;
  cluster?.startChurn(signal);
  out.write('ready\n');
  if (out.isTTY) line.start({ server, sources: () => informers.sources() }, signal);
  await untilAborted(signal);
}

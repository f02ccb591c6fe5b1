/**
 * The cluster inside this process that the demo reads.
 * @module
 */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  churn,
  fakeCluster,
  type FakeCluster,
  loadObjects,
  PortInUseError,
  seedCluster,
  seededRandom,
  UnknownKindError,
  writeKubeConfig,
} from '../testing/index.ts';
import { CliError } from './cli-error.ts';
import type { DemoOptions } from './demo-options.ts';
import { errorMessage } from '../error-message.ts';

/** A running cluster with objects. */
export interface DemoCluster {
  readonly url: string;
  /** A summary: `300 pods on 10 nodes, 5 writes/s`. */
  readonly contents: string;
  /** Registers a server with the cluster's aggregator. The cluster's `/readyz` then responds with 200. */
  register(server: { group: string; version: string; port: number; caBundle: string | undefined }): Promise<void>;
  /** Changes objects at random until the signal is aborted. */
  startChurn(signal: AbortSignal): void;
  close(): Promise<void>;
}

const DEFAULT_PORT = 6443;
/** The last port that the demo tries if all ports before it are in use. */
const LAST_PORT = DEFAULT_PORT + 100;

/**
 * Starts a cluster, creates its objects and writes its kubeconfig.
 * @throws CliError, LoadObjectsError, PortInUseError
 */
export async function startCluster(options: DemoOptions, kubeConfigPath: string): Promise<DemoCluster> {
  const objects = options.objects === undefined ? undefined : await readObjects(options.objects);
  let ready = false;
  const cluster = await listen(options.port, (port) =>
    fakeCluster({
      port,
      objects,
      readiness: { demo: () => (ready ? undefined : 'the example server is not registered yet') },
    }),
  );
  const kubeConfig = await cluster.kubeConfigFor();
  try {
    if (objects === undefined) {
      const { pods, nodes, seed } = options;
      seedCluster(cluster.storage, { pods, nodes, seed, at: Date.now() });
    }
    await writeFile(kubeConfigPath, kubeConfig);
  } catch (error) {
    await cluster.close();
    throw error;
  }
  const count = (resource: string): number => cluster.storage.list(resource).length;
  return {
    url: cluster.url,
    contents: `${count('pods')} pods on ${count('nodes')} nodes, ${options.churn} writes/s`,
    async register({ group, version, port, caBundle }) {
      await cluster.registerApiService({ group, version, port, caBundle });
      ready = true;
    },
    startChurn(signal) {
      if (options.churn > 0)
        churn({ storage: cluster.storage, rate: options.churn, random: seededRandom(options.seed), signal });
    },
    close: async () => {
      await cluster.close();
      // If another demo has replaced the file, it must stay.
      if ((await readFile(kubeConfigPath, 'utf8').catch(() => undefined)) === kubeConfig) await rm(kubeConfigPath);
    },
  };
}

async function writeFile(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeKubeConfig(path, text);
  } catch (error) {
    throw new CliError(`cannot write ${path}: ${errorMessage(error)}`, 1, error);
  }
}

async function readObjects(path: string): ReturnType<typeof loadObjects> {
  await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(
      `--objects ${path}: ${error.code === 'ENOENT' ? 'no such file or folder' : error.message}`,
      1,
      error,
    );
  });
  try {
    return await loadObjects(path);
  } catch (error) {
    if (!(error instanceof UnknownKindError)) throw error;
    throw new CliError(
      `${error.message}; the demo's cluster serves built-in kinds only, so remove the object`,
      1,
      error,
    );
  }
}

/**
 * Starts a cluster on the requested port, or on the first free port from {@link DEFAULT_PORT} on.
 * @throws PortInUseError
 */
async function listen(port: number | undefined, start: (port: number) => Promise<FakeCluster>): Promise<FakeCluster> {
  if (port !== undefined) return start(port);
  for (let candidate = DEFAULT_PORT; ; candidate++) {
    try {
      return await start(candidate);
    } catch (error) {
      if (!(error instanceof PortInUseError) || candidate >= LAST_PORT) throw error;
    }
  }
}

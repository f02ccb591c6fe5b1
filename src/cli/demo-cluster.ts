/**
 * The cluster inside the process that the demo serves from.
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

/** A cluster that is there and filled. */
export interface DemoCluster {
  readonly url: string;
  /** For kubectl, and for the server's informers. */
  readonly kubeConfigPath: string;
  /** `300 pods on 10 nodes, 5 writes/s`. */
  readonly contents: string;
  /** Puts a server behind the cluster's aggregator, and lets `/readyz` answer 200. */
  register(server: { group: string; version: string; port: number; caBundle: string | undefined }): Promise<void>;
  /** Lets things happen in the cluster, until the signal is aborted. */
  begin(signal: AbortSignal): void;
  close(): Promise<void>;
}

const DEFAULT_PORT = 6443;
/** So many ports are tried after the default one. */
const PORTS_TRIED = 100;

/**
 * Starts and fills a cluster, and writes its kubeconfig.
 * @throws CliError, LoadObjectsError, PortInUseError
 */
export async function startCluster(options: DemoOptions, kubeConfigPath: string): Promise<DemoCluster> {
  const objects = options.objects === undefined ? undefined : await objectsOf(options.objects);
  let ready = false;
  const cluster = await listening(options.port, (port) =>
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
    await write(kubeConfigPath, kubeConfig);
  } catch (error) {
    await cluster.close();
    throw error;
  }
  const count = (resource: string): number => cluster.storage.list(resource).length;
  return {
    url: cluster.url,
    kubeConfigPath,
    contents: `${count('pods')} pods on ${count('nodes')} nodes, ${options.churn} writes/s`,
    async register({ group, version, port, caBundle }) {
      await cluster.registerApiService({ group, version, port, caBundle });
      ready = true;
    },
    begin(signal) {
      if (options.churn > 0)
        churn({ storage: cluster.storage, rate: options.churn, random: seededRandom(options.seed), signal });
    },
    close: async () => {
      await cluster.close();
      // Another demo may have written its own meanwhile.
      if ((await readFile(kubeConfigPath, 'utf8').catch(() => undefined)) === kubeConfig) await rm(kubeConfigPath);
    },
  };
}

async function write(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeKubeConfig(path, text);
  } catch (error) {
    throw new CliError(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`, 1, error);
  }
}

async function objectsOf(path: string): ReturnType<typeof loadObjects> {
  await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(
      `--objects ${path}: ${error.code === 'ENOENT' ? 'there is no such file or folder' : error.message}`,
      1,
      error,
    );
  });
  try {
    return await loadObjects(path);
  } catch (error) {
    if (!(error instanceof UnknownKindError)) throw error;
    throw new CliError(`${error.message}; the demo's cluster has built-in kinds only: remove the object`, 1, error);
  }
}

/** A port that was asked for is that one or an error; the default one gives way to the next that is free. */
async function listening(
  port: number | undefined,
  start: (port: number) => Promise<FakeCluster>,
): Promise<FakeCluster> {
  if (port !== undefined) return start(port);
  for (let candidate = DEFAULT_PORT; ; candidate++) {
    try {
      return await start(candidate);
    } catch (error) {
      if (!(error instanceof PortInUseError) || candidate >= DEFAULT_PORT + PORTS_TRIED) throw error;
    }
  }
}

/**
 * Measures the memory of a server in its own process, for `kubefacet manifests --rows`: without rows, and for each row with its object. The
 * server has the heap that the manifests give it, and must become ready with it.
 * Run it with `node --conditions=source bench/served-memory.ts [PODS]`. It needs no cluster.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { heapMegabytes, memoryFor } from '../src/cli/manifests/memory.ts';
import { fakeCluster, seedCluster } from '../src/testing/index.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** Reports the memory after a garbage collection when all pods are rows. */
const MODULE = `
import { kubefacet, resource } from ${JSON.stringify(join(ROOT, 'src/index.ts'))};
import { map, identity } from ${JSON.stringify(join(ROOT, 'src/projections/index.ts'))};

export default kubefacet(({ informers }) => {
  const rows = informers.pods.pipe(map((pod) => ({
    metadata: identity(pod),
    spec: { nodeName: pod.spec?.nodeName, images: pod.spec?.containers.map(({ image }) => image) },
    status: { podIP: pod.status?.podIP, phase: pod.status?.phase },
  })));
  const report = () => {
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    console.log(JSON.stringify({ heapUsed, external, rss }));
  };
  process.on('SIGUSR2', report);
  return { apis: [{ group: 'example.com', version: 'v1', resources: [resource({ kind: 'Row', plural: 'rows', namespaced: true }, rows)] }] };
});
`;

interface Memory {
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

/** Returns the memory of a server with this number of pods, and the mean size of their JSON. */
async function measure(pods: number): Promise<Memory & { readonly objectBytes: number }> {
  const folder = mkdtempSync(join(ROOT, 'bench/.served-'));
  const cluster = await fakeCluster();
  if (pods > 0) seedCluster(cluster.storage, { pods, seed: 1, at: Date.now() });
  const json = cluster.storage.list('pods').reduce((sum, pod) => sum + JSON.stringify(pod).length, 0);
  writeFileSync(join(folder, 'kubeconfig'), await cluster.kubeConfigFor());
  writeFileSync(join(folder, 'server.ts'), MODULE);
  const options = ['--kubeconfig', join(folder, 'kubeconfig'), '--serve-port', '0', '--insecure-dev'];
  const heap = `--max-old-space-size=${heapMegabytes(memoryFor(pods))}`;
  const args = [
    heap,
    '--expose-gc',
    '--conditions=source',
    join(ROOT, 'src/cli/main.ts'),
    'serve',
    join(folder, 'server.ts'),
  ];
  const child = spawn(process.execPath, [...args, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    for await (const line of createInterface({ input: child.stderr })) if (line.includes('ready: all checks')) break;
    child.kill('SIGUSR2');
    for await (const line of createInterface({ input: child.stdout })) {
      const { length } = cluster.storage.list('pods');
      return { ...(JSON.parse(line) as Memory), objectBytes: length === 0 ? 0 : json / length };
    }
    throw new Error(`the server ended before it had reported its memory with ${pods} pods and ${heap}`);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
    await cluster.close();
    rmSync(folder, { recursive: true });
  }
}

const size = Number(process.argv[2] ?? 20_000);
for (const pods of [0, size / 2, size]) console.log(pods, await measure(pods));

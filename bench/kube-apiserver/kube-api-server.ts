/**
 * A kube-apiserver on this machine, with pods for a comparison. They are in namespaces of the benchmark, which it deletes again.
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  informerFactory,
  type InformerFactory,
  loadKubeConfig,
  UpstreamApiError,
  type V1Pod,
} from '../../src/informers/index.ts';
import type { Target } from '../load/connections.ts';
import { PodJson, type PodSet } from '../pods/pod-json.ts';
import { acceptedPod } from './accepted-pod.ts';
import { cpuTimeOf, listenerOn, programOf } from './listening-process.ts';

/** The number of pods that are created at the same time. */
const AT_ONCE = 16;
/** The time for the ServiceAccount of a new namespace, in milliseconds. */
const ACCOUNT_TIMEOUT_MS = 60_000;
const NAMESPACES = '/api/v1/namespaces';

export class KubeApiServer {
  readonly target: Target;
  readonly version: string;
  readonly #pid: number;
  readonly #informers: InformerFactory;

  private constructor(pid: number, target: Target, informers: InformerFactory, version: string) {
    this.#pid = pid;
    this.target = target;
    this.#informers = informers;
    this.version = version;
  }

  /** Returns the kube-apiserver of KUBECONFIG, or undefined if it names none that runs on this machine. */
  static async ofEnvironment(): Promise<KubeApiServer | undefined> {
    if (process.env['KUBECONFIG'] === undefined) return undefined;
    const kubeConfig = await loadKubeConfig();
    const [cluster, user] = [kubeConfig.getCurrentCluster(), kubeConfig.getCurrentUser()];
    const port = Number(new URL(cluster?.server ?? 'https://localhost').port);
    const pid = listenerOn(port);
    if (pid === undefined || programOf(pid) !== 'kube-apiserver') return undefined;
    const [ca, certificate, key] = [cluster?.caData, user?.certData, user?.keyData].map((data) =>
      Buffer.from(data ?? '', 'base64').toString(),
    );
    if (ca === undefined || certificate === undefined || key === undefined || key === '')
      throw new Error('the kubeconfig must contain the certificate of its user');
    const informers = informerFactory({ kubeConfig });
    const { gitVersion } = await informers.transport.get<{ readonly gitVersion: string }>('/version');
    return new KubeApiServer(
      pid,
      { port, protocol: 'HTTP/1.1', ca, client: { certificate, key } },
      informers,
      gitVersion,
    );
  }

  /** Returns the CPU time of the process in milliseconds, in steps of 10 ms. */
  cpu(): number {
    return cpuTimeOf(this.#pid);
  }

  /** Creates pods with their status. */
  async load(set: PodSet): Promise<void> {
    const json = new PodJson(set);
    for (let n = 0; n < set.namespaces; n += 1) await this.#createNamespace(namespaceOf(n));
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < set.pods) {
        const index = next;
        next += 1;
        const pod = JSON.parse(json.of(index, 1, 0).toString()) as V1Pod;
        await this.#createPod(pod, namespaceOf(index % set.namespaces));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  /** Deletes the namespaces of {@link load}, and closes the connections. */
  async unload({ namespaces }: PodSet): Promise<void> {
    const { transport } = this.#informers;
    for (let n = 0; n < namespaces; n += 1)
      await transport.send(`${NAMESPACES}/${namespaceOf(n)}`, { method: 'DELETE' });
    await this.#informers.close();
  }

  async #createNamespace(name: string): Promise<void> {
    const { transport } = this.#informers;
    await transport.send(NAMESPACES, { method: 'POST', body: { metadata: { name } } });
    for (const end = performance.now() + ACCOUNT_TIMEOUT_MS; ; await pause(100)) {
      try {
        await transport.get(`${NAMESPACES}/${name}/serviceaccounts/default`);
        return;
      } catch (error) {
        if (!(error instanceof UpstreamApiError) || performance.now() > end) throw error;
      }
    }
  }

  async #createPod(sent: V1Pod, namespace: string): Promise<void> {
    const { transport } = this.#informers;
    const { pod, status } = acceptedPod(sent, namespace);
    const path = `${NAMESPACES}/${namespace}/pods`;
    await transport.send(path, { method: 'POST', body: pod });
    await transport.send(`${path}/${sent.metadata?.name}/status`, {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: { status },
    });
  }
}

/** The run is part of the name, because a namespace takes a while to disappear. */
function namespaceOf(n: number): string {
  return `kubefacet-bench-${process.pid}-${n}`;
}

/**
 * The text that the demo prints: how to reach the server, how to try it, and what it waits for.
 * @module
 */
import { withoutControls } from '../control-characters.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiServer } from '../server/index.ts';

/** The facts about a demo with its own cluster. */
export interface FakeClusterInfo {
  readonly url: string;
  readonly kubeConfig: string;
  readonly port: number;
  readonly contents: string;
}

/** Returns the instructions for a demo with its own cluster. */
export function fakeClusterInstructions({ url, kubeConfig, port, contents }: FakeClusterInfo): string {
  return `Kubernetes cluster in this process: ${url} (${contents})
kubefacet serves example.com/v1 behind the cluster's aggregator; its own address is https://127.0.0.1:${port}

in another terminal:
  export KUBECONFIG=${shellQuoted(kubeConfig)}
  kubectl get podsummaries -A
  kubectl get psum -n shop -w
  kubectl get psum -A -l app=web --field-selector status.phase=Running
  kubectl get psum -A -o wide
  kubectl get nload -o wide
  kubectl get workloads -A
  kubectl get rpod -A
  kubectl get --raw /apis/example.com/v1/foo/bar
  echo '{"apiVersion":"example.com/v1","kind":"CustomTask","metadata":{"name":"mine"},"spec":{"title":"Write it down"}}' | kubectl apply -f -
  kubectl scale ctask mine --replicas=3
  kubectl get ctask mine -o yaml

Press Ctrl-C to stop the server and the cluster.
`;
}

/** Quotes a path for a shell, if it needs quotes. */
function shellQuoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The facts about a demo with a real cluster. */
export interface RealClusterInfo {
  readonly url: string;
  readonly port: number;
  readonly caBundle: string | undefined;
  readonly insecureDev: boolean;
}

/** Returns the instructions for a demo with a real cluster. */
export function realClusterInstructions({ url, port, caBundle, insecureDev }: RealClusterInfo): string {
  const served = `kubefacet serves example.com/v1 from ${url} on port ${port}\n`;
  if (insecureDev)
    return `${served}It accepts every request from this machine: curl -k https://127.0.0.1:${port}/apis/example.com/v1/podsummaries\n`;
  const bundle =
    caBundle === undefined
      ? 'the CA certificate that signed --tls-cert-file'
      : `\n  ${Buffer.from(caBundle).toString('base64')}`;
  return `${served}It accepts requests from the cluster's aggregator. Register an APIService v1.example.com with this caBundle: ${bundle}\n`;
}

/** The interval between two checks of readiness. */
const READINESS_INTERVAL_MS = 50;
/** The time after which the demo prints why the server is not ready. */
const SILENT_WAIT_MS = 5000;

/** Resolves when the server is ready or the signal is aborted. Prints each reason for a longer wait once. */
export async function untilReady(server: ApiServer, out: NodeJS.WritableStream, signal: AbortSignal): Promise<void> {
  const printed = new Set<string>();
  const start = Date.now();
  while (!server.counts().ready && !signal.aborted) {
    if (Date.now() - start > SILENT_WAIT_MS) {
      for (const { name, problem } of server.readiness()) {
        if (problem === undefined || printed.has(`${name} ${problem}`)) continue;
        printed.add(`${name} ${problem}`);
        out.write(`${withoutControls(`waiting for ${name}: ${problem}`)}\n`);
      }
    }
    // An abort rejects the delay; the condition of the loop handles it.
    await delay(READINESS_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

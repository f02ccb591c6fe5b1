/** Runs kubectl with a separate discovery cache. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const CACHE = mkdtempSync(join(tmpdir(), 'kubectl-cache-'));

/** The kubeconfig from the environment, if its cluster responds and kubectl is installed. */
export async function clusterOfEnvironment(): Promise<{ kubeConfig: string } | { missing: string }> {
  const kubeConfig = process.env['KUBECONFIG'];
  if (kubeConfig === undefined || kubeConfig === '') return { missing: 'KUBECONFIG is not set' };
  try {
    await kubectl(kubeConfig, ['get', '--raw', '/readyz']);
    return { kubeConfig };
  } catch (error) {
    return {
      missing:
        error instanceof Error
          ? (error.message.split('\n').find((line) => line !== '') ?? error.message)
          : String(error),
    };
  }
}

/** Runs kubectl and returns its stdout. @throws Error with its stderr */
export function kubectl(kubeConfig: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const all = ['--kubeconfig', kubeConfig, '--cache-dir', CACHE, ...args];
    const child = execFile(
      'kubectl',
      all,
      { timeout: 240_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr === '' ? error.message : stderr}`));
      },
    );
    child.stdin?.end(input ?? '');
  });
}

/** Creates a namespace. If a namespace of an earlier run with the same name is still being deleted, waits until it is gone. */
export async function recreateNamespace(kubeConfig: string, name: string): Promise<void> {
  const deleted = 'jsonpath={.metadata.deletionTimestamp}';
  const args = ['get', 'namespace', name, '--ignore-not-found', '-o', deleted];
  for (let tries = 0; (await kubectl(kubeConfig, args)) !== ''; tries += 1) {
    if (tries === 600) throw new Error(`the namespace ${name} is still being deleted`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await kubectl(kubeConfig, ['apply', '-f', '-'], JSON.stringify(namespace));
}

/** The APIService of a server behind the Service `kubefacet`, for the version v1 of a group. */
export function apiService({ group, port, caBundle }: ApiServiceOptions): object {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `v1.${group}` },
    spec: {
      group,
      version: 'v1',
      groupPriorityMinimum: 1000,
      versionPriority: 15,
      service: { name: 'kubefacet', namespace: 'kubefacet', port },
      caBundle: Buffer.from(caBundle).toString('base64'),
    },
  };
}

/** Options of {@link apiService}. */
export interface ApiServiceOptions {
  readonly group: string;
  readonly port: number;
  /** The PEM of the authority of the server's certificate. */
  readonly caBundle: string;
}

/** Waits until the aggregator routes requests for a group, which happens shortly after its APIService is available. */
export async function untilServed(kubeConfig: string, group: string): Promise<void> {
  await kubectl(kubeConfig, ['wait', '--for=condition=Available', `apiservice/v1.${group}`, '--timeout=120s']);
  for (let tries = 0; ; tries++) {
    const response = await kubectl(kubeConfig, ['get', '--raw', `/apis/${group}/v1`]).catch((error: unknown) => error);
    if (typeof response === 'string') return;
    if (tries === 300) throw response;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** A process that keeps running. */
export class RunningProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #output = '';
  #wake: (() => void) | undefined;

  constructor(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const env = { ...process.env, ...environment };
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const take = (text: string): void => {
      this.#output += text;
      this.#wake?.();
    };
    this.#child.stdout.setEncoding('utf8').on('data', take);
    this.#child.stderr.setEncoding('utf8').on('data', take);
    this.#child.on('close', () => take('\n<it has ended>\n'));
  }

  /** Resolves when the output matches. */
  async prints(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#output)) {
      if (this.#output.includes('<it has ended>'))
        throw new Error(`the process ended before it printed ${pattern}:\n${this.#output}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#output;
  }

  stop(): void {
    this.#child.kill('SIGINT');
  }
}

/** A kubectl that keeps running, such as `get -w`. */
export class RunningKubectl extends RunningProcess {
  /** @param command the path of kubectl, if it is not the first one in PATH */
  constructor(kubeConfig: string, args: readonly string[], command = 'kubectl') {
    super(command, ['--kubeconfig', kubeConfig, '--cache-dir', CACHE, ...args]);
  }
}

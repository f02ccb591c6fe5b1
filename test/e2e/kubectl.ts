/** kubectl, as a person uses it, with a discovery cache of its own. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const CACHE = mkdtempSync(join(tmpdir(), 'kubectl-cache-'));

/** The kubeconfig of the environment, when there is a cluster behind it and a kubectl to ask it with. */
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

/** Runs kubectl and answers what it prints. Fails with what it says on stderr. */
export function kubectl(kubeConfig: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const all = ['--kubeconfig', kubeConfig, '--cache-dir', CACHE, ...args];
    const child = execFile(
      'kubectl',
      all,
      { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr === '' ? error.message : stderr}`));
      },
    );
    child.stdin?.end(input ?? '');
  });
}

/**
 * Makes a namespace. One of the same name that a run before has deleted may still be going, and would take with it what is put there: it is
 * waited for.
 */
export async function namespaceAnew(kubeConfig: string, name: string): Promise<void> {
  const deleted = 'jsonpath={.metadata.deletionTimestamp}';
  const args = ['get', 'namespace', name, '--ignore-not-found', '-o', deleted];
  for (let tries = 0; (await kubectl(kubeConfig, args)) !== ''; tries += 1) {
    if (tries === 200) throw new Error(`the namespace ${name} does not go away`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await kubectl(kubeConfig, ['apply', '-f', '-'], JSON.stringify(namespace));
}

/** A program that goes on. */
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

  /** Resolves when what was printed matches. */
  async prints(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#output)) {
      if (this.#output.includes('<it has ended>'))
        throw new Error(`it ended before it printed ${pattern}:\n${this.#output}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#output;
  }

  stop(): void {
    this.#child.kill('SIGINT');
  }
}

/** A kubectl that goes on: `get -w`. */
export class RunningKubectl extends RunningProcess {
  /** @param command another kubectl than the first one in PATH */
  constructor(kubeConfig: string, args: readonly string[], command = 'kubectl') {
    super(command, ['--kubeconfig', kubeConfig, '--cache-dir', CACHE, ...args]);
  }
}

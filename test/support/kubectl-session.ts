/** Runs one version of kubectl against one cluster, with a separate discovery cache and separate files. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningProcess } from '../e2e/kubectl.ts';
import type { InstalledKubectl } from './installed-clients.ts';

/** The exit code and output of a kubectl. */
export interface ExitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class KubectlSession {
  readonly installed: InstalledKubectl;
  readonly #kubeConfig: string;
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'kubectl-session-'));
  readonly #running: RunningProcess[] = [];
  #files = 0;

  /** @param kubeConfig the path of a kubeconfig */
  constructor(installed: InstalledKubectl, kubeConfig: string) {
    this.installed = installed;
    this.#kubeConfig = kubeConfig;
  }

  get minor(): number {
    return this.installed.minor;
  }

  /** Runs kubectl and returns its stdout. @throws Error with its stderr if kubectl fails */
  async run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.execute(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Runs kubectl, which must fail, and returns its stderr. @throws Error if kubectl succeeds */
  async refused(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.execute(args);
    if (code === 0) throw new Error(`kubectl ${args.join(' ')} succeeded: ${stdout}`);
    return stderr;
  }

  execute(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<ExitResult> {
    const env = { ...process.env, ...environment };
    return new Promise((resolve) => {
      execFile(this.installed.path, this.#all(args), { timeout: 60_000, env }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr }),
      );
    });
  }

  /** Starts a kubectl that runs until {@link end}. */
  start(...args: string[]): RunningProcess {
    const running = new RunningProcess(this.installed.path, this.#all(args));
    this.#running.push(running);
    return running;
  }

  /** Runs a `get` and returns its JSON. */
  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.run(...args, '-o', 'json')) as T;
  }

  /** Writes a manifest of these objects for `-f` and returns its path. */
  manifest(...objects: readonly object[]): string {
    const [first, ...more] = objects;
    return this.#file(
      '.json',
      JSON.stringify(more.length === 0 ? first : { apiVersion: 'v1', kind: 'List', items: objects }),
    );
  }

  /** Writes an editor that applies a sed script and returns its path. */
  editor(script: string): string {
    const path = this.#file('.sh', `#!/bin/sh\nsed -e '${script}' "$1" >"$1.new" && mv "$1.new" "$1"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /** Stops all kubectls that are still running. */
  stopAll(): void {
    for (const running of this.#running.splice(0)) running.stop();
  }

  end(): void {
    this.stopAll();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #all(args: readonly string[]): string[] {
    return ['--kubeconfig', this.#kubeConfig, '--cache-dir', join(this.#folder, 'cache'), ...args];
  }

  #file(ending: string, text: string): string {
    this.#files += 1;
    const path = join(this.#folder, `${this.#files}${ending}`);
    writeFileSync(path, text);
    return path;
  }
}

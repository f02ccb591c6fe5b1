/** One version of kubectl against one cluster, with a discovery cache and files of its own. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningProcess } from '../e2e/kubectl.ts';
import type { InstalledKubectl } from './installed-clients.ts';

/** How a kubectl ended. */
export interface Ended {
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

  /** @param kubeConfig the path of one */
  constructor(installed: InstalledKubectl, kubeConfig: string) {
    this.installed = installed;
    this.#kubeConfig = kubeConfig;
  }

  get minor(): number {
    return this.installed.minor;
  }

  /** What it prints. Fails when it fails, with what it says on stderr. */
  async run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.ends(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }

  /** What it says on stderr when it fails, which it must. */
  async refused(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.ends(args);
    if (code === 0) throw new Error(`kubectl ${args.join(' ')} did it: ${stdout}`);
    return stderr;
  }

  ends(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const env = { ...process.env, ...environment };
    return new Promise((resolve) => {
      execFile(this.installed.path, this.#all(args), { timeout: 60_000, env }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr }),
      );
    });
  }

  /** Starts one that goes on, until {@link end}. */
  start(...args: string[]): RunningProcess {
    const running = new RunningProcess(this.installed.path, this.#all(args));
    this.#running.push(running);
    return running;
  }

  /** The JSON that a `get` answers. */
  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.run(...args, '-o', 'json')) as T;
  }

  /** The path of a manifest of these objects, for `-f`. */
  manifest(...objects: readonly object[]): string {
    const [first, ...more] = objects;
    return this.#file(
      '.json',
      JSON.stringify(more.length === 0 ? first : { apiVersion: 'v1', kind: 'List', items: objects }),
    );
  }

  /** The path of an editor that does what a sed script says. */
  editor(script: string): string {
    const path = this.#file('.sh', `#!/bin/sh\nsed -e '${script}' "$1" >"$1.new" && mv "$1.new" "$1"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /** Ends what was started and not ended. */
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

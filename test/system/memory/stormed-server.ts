/** A `kubefacet serve` with the heap that the manifests give it, and the cluster whose pods it serves. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heapFlags } from '../../../src/cli/manifests/memory.ts';
import { fakeCluster, type FakeCluster, seedCluster } from '../../../src/testing/index.ts';
import { CommandProcess } from '../../support/command-process.ts';
import { ListStorm, type StormUser } from './list-storm.ts';

const MODULE = join(import.meta.dirname, 'served-pods.ts');

export interface StormedServerOptions {
  readonly pods: number;
  /** The memory limit of the container, in bytes. */
  readonly memory: number;
  readonly users: number;
  readonly inFlight: number;
}

export class StormedServer implements AsyncDisposable {
  readonly cluster: FakeCluster;
  readonly storm: ListStorm;
  readonly #command: CommandProcess;
  readonly #folder: string;

  private constructor(cluster: FakeCluster, command: CommandProcess, folder: string, storm: ListStorm) {
    this.cluster = cluster;
    this.#command = command;
    this.#folder = folder;
    this.storm = storm;
  }

  /** Resolves when all checks of `/readyz` pass. */
  static async ready({ pods, memory, users, inFlight }: StormedServerOptions): Promise<StormedServer> {
    const folder = mkdtempSync(join(tmpdir(), 'kubefacet-memory-'));
    const cluster = await fakeCluster();
    seedCluster(cluster.storage, { pods, seed: 1, at: Date.now() });
    writeFileSync(join(folder, 'kubeconfig'), await cluster.kubeConfigFor());
    const files = ['--kubeconfig', 'kubeconfig', '--tls-generated-ca-file', 'ca.crt'];
    const command = new CommandProcess(['serve', MODULE, ...files, '--serve-host', '127.0.0.1', '--serve-port', '0'], {
      cwd: folder,
      env: { NODE_OPTIONS: heapFlags(memory) },
    });
    const [, port] = await command.until(/listening on https:\/\/127\.0\.0\.1:(\d+)/);
    await command.until(/ready: all checks/);
    const certificates: StormUser[] = [];
    for (let user = 0; user < users; user++) {
      const { certificate, key } = await cluster.clientAuthority.issue({ commonName: `user-${user}`, usage: 'client' });
      certificates.push({ cert: certificate, key });
    }
    const ca = readFileSync(join(folder, 'ca.crt'), 'utf8');
    const storm = new ListStorm({ port: Number(port), ca, users: certificates, inFlight });
    return new StormedServer(cluster, command, folder, storm);
  }

  /** The log of the server. */
  get output(): string {
    return this.#command.output;
  }

  /** Whether the process still runs. */
  get isRunning(): boolean {
    return !this.#command.output.includes('<ended>');
  }

  /** The largest resident memory so far, in bytes; undefined where the system does not say it. */
  peakMemory(): number | undefined {
    try {
      const [, kibibytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${this.#command.pid}/status`, 'utf8')) ?? [];
      return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.storm.close();
    this.#command.signal('SIGKILL');
    await this.#command.exit();
    await this.cluster.close();
    rmSync(this.#folder, { recursive: true });
  }
}

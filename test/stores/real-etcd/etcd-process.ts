/** A real etcd with one member on loopback. A test can kill it and restart it with its data. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { supportsProgressRequests } from '../../../src/stores/etcd/etcd-watch.ts';

const BUILT = join(process.env['CONTROL_PLANE_HOME'] ?? join(homedir(), '.cache/control-plane'), 'bin/etcd');

/** Returns the command of an etcd on this machine: `$ETCD`, one in the PATH, or the one that the end-to-end tests have built. */
export function etcdOfMachine(): string | undefined {
  const candidates = [process.env['ETCD'], 'etcd', BUILT].filter((path) => path !== undefined && path !== '');
  return candidates.find((path) => {
    if (path !== undefined && path.includes('/') && !existsSync(path)) return false;
    try {
      execFileSync(path!, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** Returns the command of an etcd. Skips the suite and logs the reason if the machine has none. */
export function requireEtcd(context: Mocha.Context): string {
  const command = etcdOfMachine();
  if (command !== undefined) return command;
  console.log('      skipped: etcd is not installed (Debian: apt install etcd-server)');
  return context.skip();
}

/** TLS material as PEM for an etcd that requires client certificates. */
export interface EtcdProcessTls {
  readonly certificate: string;
  readonly key: string;
  readonly clientAuthority: string;
}

export class EtcdProcess {
  readonly port: number;
  readonly #command: string;
  readonly #peerPort: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kubefacet-etcd-'));
  readonly #tls: EtcdProcessTls | undefined;
  #child: ChildProcess | undefined;

  private constructor(command: string, port: number, peerPort: number, tls: EtcdProcessTls | undefined) {
    this.#command = command;
    this.#tls = tls;
    this.port = port;
    this.#peerPort = peerPort;
  }

  static async start(command: string, tls?: EtcdProcessTls): Promise<EtcdProcess> {
    const [port, peerPort] = await freePorts();
    const etcd = new EtcdProcess(command, port, peerPort, tls);
    await etcd.restart();
    return etcd;
  }

  get url(): string {
    return `${this.#tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  /** Ends the process without a shutdown, like a power failure. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Starts the process and resolves when it serves. With `wiped`, its data is deleted first. */
  async restart({ wiped = false }: { readonly wiped?: boolean } = {}): Promise<void> {
    if (wiped) rmSync(join(this.#folder, 'data'), { recursive: true, force: true });
    const peer = `http://127.0.0.1:${this.#peerPort}`;
    const options = {
      name: 'test',
      'data-dir': join(this.#folder, 'data'),
      'listen-client-urls': this.url,
      'advertise-client-urls': this.url,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `test=${peer}`,
      ...this.#tlsOptions(),
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    if (this.#tls !== undefined) args.push('--client-cert-auth');
    const child = spawn(this.#command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let log = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log = (log + text).slice(-100_000);
        if (log.includes('ready to serve client requests')) resolve();
      });
      child.on('error', reject);
      child.on('exit', () => reject(new Error(`etcd ended before it was ready:\n${log}`)));
    });
  }

  /** Skips a test if this etcd does not support progress requests on watches. */
  async requireProgress(context: Mocha.Context): Promise<void> {
    const response = await fetch(`${this.url}/version`);
    const { etcdserver } = (await response.json()) as { readonly etcdserver: string };
    if (supportsProgressRequests(etcdserver)) return;
    console.log(`      skipped: etcd ${etcdserver} reports progress only every ten minutes`);
    context.skip();
  }

  /** Compacts the history before the current revision. */
  async compact(): Promise<void> {
    const { header } = await this.#call<{ header: { revision: string } }>('kv/range', { key: base64('x') });
    await this.#call('kv/compaction', { revision: header.revision, physical: true });
  }

  /** Writes as another program: several keys in one transaction. `undefined` deletes a key. */
  async putForeign(values: Readonly<Record<string, string | Uint8Array | undefined>>): Promise<void> {
    const success = Object.entries(values).map(([key, value]) =>
      value === undefined
        ? { request_delete_range: { key: base64(key) } }
        : { request_put: { key: base64(key), value: base64(value) } },
    );
    await this.#call('kv/txn', { success });
  }

  /** Returns the value and the revision of every key with a prefix. */
  async content(prefix: string): Promise<Map<string, { readonly value: string; readonly revision: number }>> {
    const end = prefix.slice(0, -1) + String.fromCodePoint(prefix.codePointAt(prefix.length - 1)! + 1);
    const response = await this.#call<{ kvs?: { key: string; value: string; mod_revision: string }[] }>('kv/range', {
      key: base64(prefix),
      range_end: base64(end),
    });
    return new Map(
      (response.kvs ?? []).map(({ key, value, mod_revision }) => [
        Buffer.from(key, 'base64').toString().slice(prefix.length),
        { value: Buffer.from(value, 'base64').toString(), revision: Number(mod_revision) },
      ]),
    );
  }

  /** Stops the process and copies its data. {@link restore} returns to this state. */
  async backUp(): Promise<void> {
    await this.kill();
    cpSync(join(this.#folder, 'data'), join(this.#folder, 'backup'), { recursive: true });
    await this.restart();
  }

  /** Replaces the data by the last backup, with its lower revision. */
  async restore(): Promise<void> {
    await this.kill();
    rmSync(join(this.#folder, 'data'), { recursive: true, force: true });
    cpSync(join(this.#folder, 'backup'), join(this.#folder, 'data'), { recursive: true });
    await this.restart();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #tlsOptions(): Record<string, string> {
    if (this.#tls === undefined) return {};
    const { certificate, key, clientAuthority } = this.#tls;
    const files = { 'cert-file': certificate, 'key-file': key, 'trusted-ca-file': clientAuthority };
    return Object.fromEntries(
      Object.entries(files).map(([option, text]) => {
        const path = join(this.#folder, option);
        writeFileSync(path, text);
        return [option, path];
      }),
    );
  }

  /** Calls etcd's JSON gateway, which is independent of the code under test. */
  async #call<R>(path: string, body: object): Promise<R> {
    const response = await fetch(`${this.url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as R;
  }
}

const base64 = (value: string | Uint8Array): string => Buffer.from(value).toString('base64');

/** Returns two ports that no process listens on. */
export async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as { port: number }).port);
  }
  for (const server of servers) server.close();
  return [ports[0]!, ports[1]!];
}

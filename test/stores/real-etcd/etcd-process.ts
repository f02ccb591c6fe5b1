/** A real etcd of one member on loopback, that a test may kill, and start again with what it had written. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { answersProgress } from '../../../src/stores/etcd/etcd-watch.ts';

const BUILT = join(process.env['CONTROL_PLANE_HOME'] ?? join(homedir(), '.cache/control-plane'), 'bin/etcd');

/** The command of an etcd on this machine: `$ETCD`, in the PATH, or beside a control plane made for the end-to-end tests. */
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

/** For `before` of a suite: skips it, and says why, where there is no etcd. */
export function requireEtcd(context: Mocha.Context): string {
  const command = etcdOfMachine();
  if (command !== undefined) return command;
  console.log('      there is no etcd here (Debian has it as etcd-server): not run');
  return context.skip();
}

/** For an etcd that wants client certificates. PEM. */
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

  /** As a power cut ends it. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Resolves when it serves. `wiped`: it has forgotten everything. */
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
      child.on('exit', () => reject(new Error(`etcd has ended:\n${log}`)));
    });
  }

  /** Skips a test where watches can't be asked for their progress. */
  async requireProgress(context: Mocha.Context): Promise<void> {
    const answer = await fetch(`${this.url}/version`);
    const { etcdserver } = (await answer.json()) as { readonly etcdserver: string };
    if (answersProgress(etcdserver)) return;
    console.log(`      etcd ${etcdserver} tells progress every ten minutes: not run`);
    context.skip();
  }

  /** Forgets the history before the present revision. */
  async compact(): Promise<void> {
    const { header } = await this.#ask<{ header: { revision: string } }>('kv/range', { key: base64('x') });
    await this.#ask('kv/compaction', { revision: header.revision, physical: true });
  }

  /** What somebody else writes: several keys, in one transaction; undefined deletes. */
  async putForeign(values: Readonly<Record<string, string | Uint8Array | undefined>>): Promise<void> {
    const success = Object.entries(values).map(([key, value]) =>
      value === undefined
        ? { request_delete_range: { key: base64(key) } }
        : { request_put: { key: base64(key), value: base64(value) } },
    );
    await this.#ask('kv/txn', { success });
  }

  /** Everything under a prefix, as etcd has it: key to value and revision. */
  async content(prefix: string): Promise<Map<string, { readonly value: string; readonly revision: number }>> {
    const end = prefix.slice(0, -1) + String.fromCodePoint(prefix.codePointAt(prefix.length - 1)! + 1);
    const answer = await this.#ask<{ kvs?: { key: string; value: string; mod_revision: string }[] }>('kv/range', {
      key: base64(prefix),
      range_end: base64(end),
    });
    return new Map(
      (answer.kvs ?? []).map(({ key, value, mod_revision }) => [
        Buffer.from(key, 'base64').toString().slice(prefix.length),
        { value: Buffer.from(value, 'base64').toString(), revision: Number(mod_revision) },
      ]),
    );
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

  /** By etcd's JSON gateway: nothing of what is tested. */
  async #ask<R>(path: string, body: object): Promise<R> {
    const answer = await fetch(`${this.url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()) as R;
  }
}

const base64 = (value: string | Uint8Array): string => Buffer.from(value).toString('base64');

async function freePorts(): Promise<[number, number]> {
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

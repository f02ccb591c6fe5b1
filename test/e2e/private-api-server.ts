/** A kube-apiserver and an etcd that belong to one test, which can kill them and restore etcd from a backup. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateAuthority } from '../../src/certificates.ts';
import { EtcdProcess, etcdOfMachine, freePorts } from '../stores/real-etcd/etcd-process.ts';
import { kubectl } from './kubectl.ts';

const TOKEN = 'a-token-of-this-test';

/** Returns the reason why this machine cannot run a private API server, or undefined. */
export function missingForPrivateApiServer(): string | undefined {
  if (etcdOfMachine() === undefined) return 'etcd is not installed';
  for (const command of ['kube-apiserver', 'kubectl']) {
    try {
      execFileSync(command, command === 'kubectl' ? ['version', '--client'] : ['--version'], { stdio: 'ignore' });
    } catch {
      return `${command} is not in PATH`;
    }
  }
  return undefined;
}

export class PrivateApiServer {
  readonly etcd: EtcdProcess;
  /** The path of a kubeconfig of an administrator. */
  readonly kubeConfig: string;
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(etcd: EtcdProcess, port: number, folder: string) {
    this.etcd = etcd;
    this.#port = port;
    this.#folder = folder;
    this.kubeConfig = join(folder, 'kubeconfig');
  }

  static async start(): Promise<PrivateApiServer> {
    const etcd = await EtcdProcess.start(etcdOfMachine() ?? 'etcd');
    const folder = mkdtempSync(join(tmpdir(), 'kubefacet-apiserver-'));
    const [port] = await freePorts();
    const server = new PrivateApiServer(etcd, port, folder);
    const authority = await certificateAuthority('private');
    const names = { commonName: 'localhost', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
    const { certificate, key } = await authority.issue({ ...names, usage: 'server' });
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const files = { 'tls.crt': certificate, 'tls.key': key, 'sa.key': privateKey, 'sa.pub': publicKey };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'tokens.csv'), `${TOKEN},admin,admin,system:masters\n`);
    const cluster = {
      server: `https://127.0.0.1:${port}`,
      'certificate-authority-data': Buffer.from(authority.certificate).toString('base64'),
    };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster }],
      users: [{ name: 'test', user: { token: TOKEN } }],
    };
    writeFileSync(server.kubeConfig, JSON.stringify(config));
    await server.restart();
    return server;
  }

  /** Starts the process and resolves when it is ready. */
  async restart(): Promise<void> {
    const file = (name: string): string => join(this.#folder, name);
    const options = {
      'bind-address': '127.0.0.1',
      'secure-port': String(this.#port),
      'etcd-servers': this.etcd.url,
      'tls-cert-file': file('tls.crt'),
      'tls-private-key-file': file('tls.key'),
      'token-auth-file': file('tokens.csv'),
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-signing-key-file': file('sa.key'),
      'service-account-key-file': file('sa.pub'),
      'service-cluster-ip-range': '10.96.0.0/16',
      'authorization-mode': 'RBAC',
      'endpoint-reconciler-type': 'none',
      'disable-admission-plugins': 'ServiceAccount',
    };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const child = spawn('kube-apiserver', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-20_000)));
    for (let tries = 0; ; tries += 1) {
      if (child.exitCode !== null) throw new Error(`kube-apiserver ended before it was ready:\n${log}`);
      const result = await this.kubectl('get', '--raw', '/readyz').catch((error: unknown) => error);
      if (result === 'ok') return;
      if (tries === 200) throw new Error(`kube-apiserver is not ready: ${String(result)}\n${log}`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  /** Ends the API server without a shutdown. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  kubectl(...args: string[]): Promise<string> {
    return kubectl(this.kubeConfig, args);
  }

  async close(): Promise<void> {
    await this.kill();
    await this.etcd.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

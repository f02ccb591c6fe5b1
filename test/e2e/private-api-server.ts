/**
 * A kube-apiserver and an etcd that belong to one test, which can kill them, restore etcd from a backup, replace the certificates of the front
 * proxy, and read the audit log.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateAndKey } from '../../src/certificates.ts';
import { EtcdProcess, etcdOfMachine, freePorts } from '../stores/real-etcd/etcd-process.ts';
import { type ClientResponse, requestOnce } from '../support/https-client.ts';
import { kubectl } from './kubectl.ts';
import { FRONT_PROXY_NAME, PrivatePki } from './private-pki.ts';

/** The maximum length of the log that is kept. */
const LOG_LENGTH = 1_000_000;
/** Every request once: when its response has ended, or when the response to a watch has begun. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

/** A request in the audit log. */
export interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: {
    readonly username: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

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
  readonly pki: PrivatePki;
  readonly port: number;
  /** The path of a kubeconfig of an administrator. */
  readonly kubeConfig: string;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  /** The end of the log since the last start. */
  #log = '';
  /** The number of characters of the whole log since the last start. */
  #logged = 0;

  private constructor(etcd: EtcdProcess, pki: PrivatePki, port: number, folder: string) {
    this.etcd = etcd;
    this.pki = pki;
    this.port = port;
    this.#folder = folder;
    this.kubeConfig = join(folder, 'kubeconfig');
  }

  static async start(): Promise<PrivateApiServer> {
    const etcd = await EtcdProcess.start(etcdOfMachine() ?? 'etcd');
    const folder = mkdtempSync(join(tmpdir(), 'kubefacet-apiserver-'));
    const [port] = await freePorts();
    const pki = await PrivatePki.write(folder);
    const server = new PrivateApiServer(etcd, pki, port, folder);
    writeFileSync(join(folder, 'audit-policy.yaml'), JSON.stringify(AUDIT_POLICY));
    const { certificate, key } = await pki.user('admin', 'system:masters');
    server.writeKubeConfig(server.kubeConfig, credentials({ certificate, key }));
    await server.restart();
    return server;
  }

  /** Writes a kubeconfig with the credentials of a user: for this server, or for another one on this machine. */
  writeKubeConfig(path: string, user: object, { port = this.port, ca = this.pki.ca } = {}): void {
    const cluster = {
      server: `https://127.0.0.1:${port}`,
      'tls-server-name': 'localhost',
      'certificate-authority-data': Buffer.from(ca).toString('base64'),
    };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster }],
      users: [{ name: 'test', user }],
    };
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  }

  /** Starts the process and resolves when it is ready. */
  async restart(): Promise<void> {
    const { pki } = this;
    const options = {
      'bind-address': '127.0.0.1',
      'secure-port': String(this.port),
      'etcd-servers': this.etcd.url,
      'tls-cert-file': pki.file('tls.crt'),
      'tls-private-key-file': pki.file('tls.key'),
      'client-ca-file': pki.file('users-ca.crt'),
      'requestheader-client-ca-file': pki.file('front-proxy-ca.crt'),
      'requestheader-allowed-names': FRONT_PROXY_NAME,
      'requestheader-username-headers': 'X-Remote-User',
      'requestheader-group-headers': 'X-Remote-Group',
      'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
      'proxy-client-cert-file': pki.file('front-proxy.crt'),
      'proxy-client-key-file': pki.file('front-proxy.key'),
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-signing-key-file': pki.file('sa.key'),
      'service-account-key-file': pki.file('sa.pub'),
      'service-cluster-ip-range': '10.96.0.0/16',
      'authorization-mode': 'RBAC',
      'endpoint-reconciler-type': 'none',
      'disable-admission-plugins': 'ServiceAccount',
      'audit-policy-file': pki.file('audit-policy.yaml'),
      'audit-log-path': this.#auditLog,
      v: '2',
    };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const child = spawn('kube-apiserver', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    this.#log = '';
    this.#logged = 0;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_LENGTH);
      this.#logged += text.length;
    });
    for (let tries = 0; ; tries += 1) {
      if (child.exitCode !== null) throw new Error(`kube-apiserver ended before it was ready:\n${this.#log}`);
      // Health is open to all clients. kubectl would need a process for each try.
      const result = await requestOnce('/readyz', { port: this.port, ca: this.pki.ca }).catch(
        (error: unknown) => error,
      );
      if ((result as Partial<ClientResponse>).status === 200) return;
      if (tries === 900) throw new Error(`kube-apiserver is not ready:\n${this.#log}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
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

  /** The position in the log since the last start. */
  get logged(): number {
    return this.#logged;
  }

  /** Returns the log from a position on, as far as it is kept. */
  logSince(position: number): string {
    return this.#log.slice(Math.max(0, this.#log.length - (this.#logged - position)));
  }

  /** Returns the requests since the first start. */
  auditEvents(): AuditEvent[] {
    const lines = readFileSync(this.#auditLog, 'utf8').split('\n');
    // The last line is empty, or still being written.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent);
  }

  kubectl(...args: string[]): Promise<string> {
    return kubectl(this.kubeConfig, args);
  }

  /** Applies objects. */
  apply(...items: object[]): Promise<string> {
    return kubectl(this.kubeConfig, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  }

  async close(): Promise<void> {
    await this.kill();
    await this.etcd.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #auditLog(): string {
    return join(this.#folder, 'audit.log');
  }
}

/** Returns the user of a kubeconfig who has a client certificate. */
export function credentials({ certificate, key }: CertificateAndKey): object {
  return {
    'client-certificate-data': Buffer.from(certificate).toString('base64'),
    'client-key-data': Buffer.from(key).toString('base64'),
  };
}

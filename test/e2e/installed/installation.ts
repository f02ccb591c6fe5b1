/**
 * A server that its own manifests install in a private control plane, where it has the permissions of its ServiceAccount alone. It starts for
 * the first suite that needs it, and ends after the last. There are no pods: the process runs here, and the Service is an ExternalName.
 */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { certificateAuthority, type CertificateAuthority } from '../../../src/certificates.ts';
import { manifests } from '../../../src/cli/manifests.ts';
import { CommandProcess } from '../../support/command-process.ts';
import { type ClientOptions, type ClientResponse, Http2Client, requestOnce } from '../../support/https-client.ts';
import { untilServed } from '../kubectl.ts';
import { credentials, missingForPrivateApiServer, PrivateApiServer } from '../private-api-server.ts';

export const MODULE: string = resolve(import.meta.dirname, 'definition.ts');
export const GROUP = 'installed.example.com';
/** The name of all objects of the manifests, and of their namespace. */
export const NAME = 'installed';
/** The ServiceAccount of the server. */
export const ACCOUNT: string = `system:serviceaccount:${NAME}:${NAME}`;
/** The namespace of the users that write rows. */
export const WRITERS = 'writes';
/** The time between two reviews of a watch. */
export const REVIEW_S = 1;

/** An object of the manifests. */
export interface ManifestDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: Readonly<Record<string, object>>;
  readonly rules?: readonly Rule[];
}

/** A rule of a role. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** A user with a client certificate, who sends requests in both ways: through the kube-apiserver, and directly to the server. */
export interface Caller {
  readonly aggregated: Way;
  readonly direct: Way;
}

/** A way of requests to the server. */
export interface Way {
  readonly kubeConfig: string;
  get(path: string): Promise<ClientResponse>;
  /** Creates an object. */
  post(path: string, object: object): Promise<ClientResponse>;
  /** Opens a connection. The caller closes it. */
  connect(): Http2Client;
}

export class Installation {
  readonly upstream: PrivateApiServer;
  readonly folder: string;
  readonly documents: readonly ManifestDocument[];
  /** The port of the server. */
  readonly port: number;
  readonly servingAuthority: CertificateAuthority;
  readonly #server: CommandProcess;

  constructor(
    parts: Pick<Installation, 'upstream' | 'folder' | 'documents' | 'port' | 'servingAuthority'>,
    server: CommandProcess,
  ) {
    ({
      upstream: this.upstream,
      folder: this.folder,
      documents: this.documents,
      port: this.port,
      servingAuthority: this.servingAuthority,
    } = parts);
    this.#server = server;
  }

  /** The output of the server. */
  get output(): string {
    return this.#server.output;
  }

  /** Returns the objects of the manifests that this cluster accepts, with the address of the process. */
  installed(): object[] {
    return installable(this.documents, this.port);
  }

  /** Creates a client certificate for a user. */
  async caller(name: string, ...groups: string[]): Promise<Caller> {
    const user = await this.upstream.pki.user(name, ...groups);
    const client = { cert: user.certificate, key: user.key };
    const way = (id: string, server: Pick<ClientOptions, 'port' | 'ca'>): Way => {
      const kubeConfig = join(this.folder, `${name}-${id}.kubeconfig`);
      this.upstream.writeKubeConfig(kubeConfig, credentials(user), server);
      const options = { ...server, client };
      return {
        kubeConfig,
        get: (path) => requestOnce(path, options),
        post: (path, object) =>
          requestOnce(path, {
            ...options,
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(object),
          }),
        connect: () => new Http2Client(options),
      };
    };
    return {
      aggregated: way('aggregated', { port: this.upstream.port, ca: this.upstream.pki.ca }),
      direct: way('direct', { port: this.port, ca: this.servingAuthority.certificate }),
    };
  }

  /** Runs a second replica while a function uses its port. */
  async withReplica(use: (port: number) => Promise<void>): Promise<void> {
    const { process, port } = await serve(this.folder);
    try {
      await use(port);
    } finally {
      expect(await process.stop(), process.output).to.equal(0);
    }
  }

  /** Sends a request without a client certificate directly to a server. */
  anonymous(path: string, headers: Readonly<Record<string, string>> = {}, port = this.port): Promise<ClientResponse> {
    return requestOnce(path, { port, ca: this.servingAuthority.certificate, headers });
  }

  async close(): Promise<void> {
    expect(await this.#server.stop(), this.#server.output).to.equal(0);
    await this.upstream.close();
    rmSync(this.folder, { recursive: true });
  }
}

let started: Promise<Installation | undefined> | undefined;

/** Returns the installation. Undefined if this machine cannot run a control plane, which is logged once. */
export function installation(): Promise<Installation | undefined> {
  started ??= install();
  return started;
}

// At the root level, so that it runs after the tests of all files.
after(async () => (await started?.catch(() => undefined))?.close());

/** Polls a condition, as long as a machine under load may need. @throws Error if it does not become true in time */
export async function until(condition: () => Promise<boolean> | boolean, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function install(): Promise<Installation | undefined> {
  const missing = missingForPrivateApiServer();
  if (missing !== undefined) {
    console.log(`    no installation: ${missing}`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'kubefacet-installed-'));
  const file = (name: string): string => join(folder, name);
  const upstream = await PrivateApiServer.start();
  const servingAuthority = await certificateAuthority('serving');
  const names = { commonName: NAME, dnsNames: [`${NAME}.${NAME}.svc`, 'localhost'], usage: 'server' } as const;
  const { certificate, key } = await servingAuthority.issue(names);
  writeFileSync(file('ca.crt'), servingAuthority.certificate);
  writeFileSync(file('tls.crt'), certificate);
  writeFileSync(file('tls.key'), key);
  const options = ['--image', 'registry.example/mine:1', '--name', NAME, '--ca-file', file('ca.crt')];
  // The groups of a ServiceAccount that writes rows.
  const groups = `system:serviceaccounts,system:serviceaccounts:${WRITERS}`;
  const monitor = ['--service-monitor', 'monitoring/prometheus'];
  const { text } = await manifests([MODULE, ...options, ...monitor, '--impersonate-groups', groups]);
  const documents = parseAllDocuments(text).map((document) => document.toJS() as ManifestDocument);

  await upstream.apply(...installable(documents, 1).filter(({ kind }) => kind !== 'APIService'));
  const token = await upstream.kubectl('create', 'token', NAME, '-n', NAME);
  upstream.writeKubeConfig(file('account.kubeconfig'), { token: token.trim() });
  const server = await serve(folder);
  const parts = { upstream, folder, documents, port: server.port, servingAuthority };
  const installed = new Installation(parts, server.process);
  await upstream.apply(...installed.installed());
  await untilServed(upstream.kubeConfig, GROUP);
  return installed;
}

/** Kinds that the cluster of these tests does not have: it is Kubernetes 1.20, without the Prometheus Operator. */
const MISSING: ReadonlySet<string> = new Set(['policy/v1', 'monitoring.coreos.com/v1']);

/** Starts a server with the permissions of the ServiceAccount. Resolves when it is ready. */
async function serve(folder: string): Promise<{ readonly process: CommandProcess; readonly port: number }> {
  const file = (name: string): string => join(folder, name);
  const account = ['--kubeconfig', file('account.kubeconfig'), '--serve-host', '127.0.0.1', '--serve-port', '0'];
  const tls = ['--tls-cert-file', file('tls.crt'), '--tls-private-key-file', file('tls.key')];
  const reviews = ['--watch-review-interval', `${REVIEW_S}s`];
  const process = new CommandProcess(['serve', MODULE, ...account, ...tls, ...reviews]);
  const [, port = ''] = await process.until(/listening on https:\/\/\S*:(\d+)/);
  await process.until(/ready: all checks of \/readyz pass/);
  return { process, port: Number(port) };
}

/** Returns the objects with the address of the process, as far as the cluster has their kinds. */
export function installable(documents: readonly ManifestDocument[], port: number): ManifestDocument[] {
  return documents
    .filter(({ apiVersion }) => !MISSING.has(apiVersion))
    .map((document): ManifestDocument => {
      const { kind, spec } = document;
      if (kind === 'Service') return { ...document, spec: EXTERNAL_NAME };
      if (kind === 'APIService') return { ...document, spec: { ...spec, service: { ...spec?.['service'], port } } };
      return document;
    });
}

const EXTERNAL_NAME = { type: 'ExternalName', externalName: 'localhost' } as unknown as Record<string, object>;

/**
 * The server that the attacks of this folder reach over TLS. It reads its trust from a fake cluster, which also reviews tokens and access:
 * `alice` may do everything in the namespace `shop`, `bob` in the namespace `bank`, and `admin` everywhere. Everything in `bank` contains the
 * text {@link SECRET}.
 */
import { KubeConfig } from '@kubernetes/client-node';
import type { SecureContextOptions } from 'node:tls';
import { type InformerFactory, informerFactory } from '../../../src/informers/index.ts';
import type { AuditEvent } from '../../../src/server/http/audit.ts';
import { type RawEndpoint, rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/index.ts';
import { type Access, fakeCluster, type FakeCluster } from '../../../src/testing/index.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import type { UserInfo } from '../../../src/testing/cluster/access/users.ts';
import { Http2Client, requestOnce } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer, type TestOptions, until } from '../../support/test-server.ts';

export const SECRET = 'vault-of-the-bank';
export const SHOP = `${BASE}/namespaces/shop/podsummaries`;
export const BANK = `${BASE}/namespaces/bank/podsummaries`;
/** An endpoint that responds with the user, and with the names of all headers that its handler can see. */
export const WHOAMI = `${BASE}/whoami`;

/** A client certificate. */
export type Client = Pick<SecureContextOptions, 'cert' | 'key'>;

/** Returns whether a user is allowed an action. */
export type Decide = (user: UserInfo, access: Access) => boolean | Promise<boolean>;

/** Options of an {@link AttackedServer}. */
export interface AttackedOptions extends Partial<TestOptions> {
  /** Replaces the rights of the users. */
  readonly decide?: Decide | undefined;
  /** Further resources. */
  readonly more?: TestOptions['resources'] | undefined;
  /** Another cluster, which receives the reviews instead. */
  readonly reviewer?: KubeConfig | undefined;
}

const NAMESPACES: ReadonlyMap<string, string> = new Map([
  ['alice', 'shop'],
  ['bob', 'bank'],
]);

/** The rights of the users. */
export function mayAccess({ name }: UserInfo, access: Access): boolean {
  if (name === 'admin') return true;
  if (access.type === 'nonResource') return /^\/(apis|openapi|version)(\/|$)/.test(access.path) && NAMESPACES.has(name);
  return access.namespace !== '' && access.namespace === NAMESPACES.get(name);
}

/** A server under attack, and the cluster behind it. */
export class AttackedServer {
  readonly test: TestServer;
  readonly cluster: FakeCluster;
  /** All audit events. An attack that smuggles a request would add one. */
  readonly audited: AuditEvent[];
  /** The users and the actions of all reviews. */
  readonly reviewed: readonly { readonly user: UserInfo; readonly access: Access }[];
  readonly #informers: readonly (InformerFactory | undefined)[];

  private constructor(
    parts: Pick<AttackedServer, 'test' | 'cluster' | 'audited' | 'reviewed'> & {
      readonly informers: readonly (InformerFactory | undefined)[];
    },
  ) {
    this.test = parts.test;
    this.cluster = parts.cluster;
    this.audited = parts.audited;
    this.reviewed = parts.reviewed;
    this.#informers = parts.informers;
  }

  /** Starts the server, and resolves when it has read its trust. */
  static async listening({
    decide = mayAccess,
    reviewer,
    more = [],
    ...options
  }: AttackedOptions = {}): Promise<AttackedServer> {
    const reviewed: { readonly user: UserInfo; readonly access: Access }[] = [];
    const audited: AuditEvent[] = [];
    const cluster = await fakeCluster({
      authorize: (user, access) => {
        if (user.name === 'kubefacet') return true;
        reviewed.push({ user, access });
        return decide(user, access);
      },
    });
    for (const name of ['shop', 'bank']) cluster.storage.create('namespaces', { metadata: { name } });
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(await cluster.kubeConfigFor({ name: 'kubefacet' }));
    const informers = informerFactory({ kubeConfig });
    const reviews = reviewer === undefined ? undefined : informerFactory({ kubeConfig: reviewer });
    const pods = fakeInformer(
      pod('shop/web', { labels: { app: 'web' }, phase: 'Running' }),
      pod(`bank/${SECRET}`, { labels: { app: SECRET } }),
    );
    const tasks = resource({ kind: 'Task', plural: 'tasks', namespaced: true, status: true }, memoryStore());
    const test = await TestServer.listening({
      informers:
        reviews === undefined ? informers : { of: informers.of.bind(informers), review: reviews.review.bind(reviews) },
      authentication: 'delegated',
      authorization: 'delegated',
      audit: (event) => audited.push(event),
      resources: [podSummaries(pods), ...(more.length === 0 ? [tasks] : more), whoami],
      ...options,
    });
    await until(() => test.server.counts().ready);
    return new AttackedServer({ test, cluster, audited, reviewed, informers: [informers, reviews] });
  }

  /** A certificate of the front proxy. */
  async proxy(form: { readonly commonName?: string; readonly validity?: number } = {}): Promise<Client> {
    const { certificate, key } = await this.cluster.frontProxyAuthority.issue({
      commonName: 'front-proxy-client',
      usage: 'client',
      ...form,
    });
    return { cert: certificate, key };
  }

  /** A certificate of a user. */
  async user(commonName: string): Promise<Client> {
    const { certificate, key } = await this.cluster.clientAuthority.issue({ commonName, usage: 'client' });
    return { cert: certificate, key };
  }

  /** Changes the CAs that the server trusts, and resolves when it accepts a client that only the new ones vouch for. */
  async trust(cas: { readonly frontProxies: string; readonly users: string }, client: Client): Promise<void> {
    this.cluster.storage.modify('configmaps', 'kube-system/extension-apiserver-authentication', (map) => ({
      ...map,
      data: {
        ...(map['data'] as Record<string, string>),
        'requestheader-client-ca-file': cas.frontProxies,
        'client-ca-file': cas.users,
      },
    }));
    const headers = { 'x-remote-user': 'admin' };
    const options = { ...this.test.client, client, headers };
    await until(async () => (await requestOnce('/version', options)).status === 200);
  }

  http2(client?: Client): Http2Client {
    return new Http2Client({ ...this.test.client, client });
  }

  /** Resolves when all requests have ended, and returns `METHOD path-or-resource code` of each, in order of their ends. */
  async requests(count: number): Promise<string[]> {
    await until(() => this.audited.length >= count);
    return this.audited.map(({ user = '-', verb, path, resource: plural, namespace, code }) =>
      [user, verb, path ?? [namespace, plural].join('/'), code].join(' '),
    );
  }

  async close(): Promise<void> {
    await this.test.close();
    for (const informers of this.#informers) await informers?.close();
    await this.cluster.close();
  }
}

/** Starts one server for all tests of the current suite, with a certificate of its front proxy. Each test begins without audit events. */
export function attackedInSuite(use: (server: AttackedServer, proxy: Client) => void): void {
  let server: AttackedServer;
  before(async () => {
    server = await AttackedServer.listening();
    use(server, await server.proxy());
  });
  after(() => server.close());
  beforeEach(() => {
    server.audited.length = 0;
  });
}

/** {@link WHOAMI}. */
export const whoami: RawEndpoint = rawEndpoint({
  name: 'whoami',
  paths: {
    '': {
      GET: (ctx) => {
        const { headers, rawHeaders, headersDistinct } = ctx.req;
        const forms = [headers, ctx.request.header, headersDistinct ?? {}].flatMap((form) => Object.keys(form));
        const names = [...forms, ...rawHeaders.filter((_, index) => index % 2 === 0)];
        ctx.body = { user: ctx.state.user, names: [...new Set(names.map((name) => name.toLowerCase()))].toSorted() };
      },
    },
  },
});

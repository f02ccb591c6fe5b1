/** A server under test over a fake informer, with a fake clock and clients of HTTP/1.1 and HTTP/2. */
import type { ApiDefinition } from '../../src/server/define/api-definition.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { identity } from '../../src/projections/identity.ts';
import { filter } from '../../src/projections/operators/filter.ts';
import { map } from '../../src/projections/operators/map.ts';
import { type ApiServer, apiServer, type ApiServerOptions } from '../../src/server/api-server.ts';
import type { Logger } from '../../src/server/logger.ts';
import { type Resource, resource, type ResourceDefinition } from '../../src/server/define/resource.ts';
import { type CertificateAndKey, certificateAuthority, type CertificateAuthority } from '../../src/certificates.ts';
import { FakeClock, type FakeInformer } from '../../src/testing/informers/index.ts';
import { type ClientResponse, type ClientOptions, Http2Client, requestOnce } from './https-client.ts';
import { until } from './until.ts';

export { until };

export const BASE = '/apis/example.com/v1';

/** A logger that keeps its entries. */
export class RecordedLog implements Logger {
  readonly entries: { readonly level: string; readonly message: string; readonly detail: unknown }[] = [];

  debug(message: string, detail?: unknown): void {
    this.entries.push({ level: 'debug', message, detail });
  }
  info(message: string, detail?: unknown): void {
    this.entries.push({ level: 'info', message, detail });
  }
  warn(message: string, detail?: unknown): void {
    this.entries.push({ level: 'warn', message, detail });
  }
  error(message: string, detail?: unknown): void {
    this.entries.push({ level: 'error', message, detail });
  }

  /** The messages of a level. */
  of(level: 'debug' | 'info' | 'warn' | 'error'): string[] {
    return this.entries.filter((entry) => entry.level === level).map((entry) => entry.message);
  }
}

let authority: Promise<CertificateAuthority> | undefined;
let serving: Promise<CertificateAndKey> | undefined;

/** The certificate authority that test clients trust. All tests share one, because generating keys is slow. */
export function servingAuthority(): Promise<CertificateAuthority> {
  authority ??= certificateAuthority('serving');
  return authority;
}

/** A certificate for localhost. */
export async function servingCertificate(): Promise<{ cert: string; key: string }> {
  const ca = await servingAuthority();
  serving ??= ca.issue({
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const { certificate, key } = await serving;
  return { cert: certificate, key };
}

/** A row of {@link podSummaries}. */
export interface PodSummary {
  readonly metadata: ReturnType<typeof identity>;
  readonly status: { readonly phase: string };
}

/** Pods as rows. Positions have scheme `upstream` unless a later operator ends the lineage. */
export function podSummaries(
  pods: FakeInformer<V1Pod>,
  definition: Partial<ResourceDefinition<PodSummary>> = {},
): Resource {
  const rows = pods.pipe(
    filter((pod) => pod.metadata?.name !== 'hidden'),
    map((pod): PodSummary => ({ metadata: identity(pod), status: { phase: pod.status?.phase ?? 'Unknown' } })),
  );
  return resource(
    {
      kind: 'PodSummary',
      plural: 'podsummaries',
      shortNames: ['psum'],
      namespaced: true,
      columns: [{ name: 'Phase', type: 'string', value: (row) => row.status.phase }],
      selectableFields: ['status.phase'],
      ...definition,
    },
    rows,
  );
}

/** Options of a {@link TestServer}: its resources are served under `example.com/v1`. */
export type TestOptions = Partial<ApiServerOptions> & Pick<ApiDefinition, 'resources'>;

/** A listening server. */
export class TestServer {
  readonly clock: FakeClock = new FakeClock();
  readonly log: RecordedLog = new RecordedLog();
  readonly server: ApiServer;
  readonly #ca: string;
  #http2: Http2Client | undefined;

  constructor({ resources, limits, ...options }: TestOptions, ca: string) {
    this.#ca = ca;
    this.server = apiServer({
      apis: [{ group: 'example.com', version: 'v1', resources }],
      authentication: 'insecure-dev',
      authorization: 'any-authenticated',
      log: this.log,
      clock: this.clock,
      random: () => 0.5,
      // Tests wait for the timers of requests, so the timers of connections are off.
      connections: { maxAge: 0 },
      limits: { authenticationTimeout: 2 ** 31, ...limits },
      ...options,
    });
  }

  static async listening(options: TestOptions): Promise<TestServer> {
    const test = new TestServer(options, (await servingAuthority()).certificate);
    await test.server.listen({ port: 0, host: '127.0.0.1', tls: await servingCertificate() });
    // The lines of the start have their own test. Other lines, such as errors of rows, stay.
    const isOfStart = /^listening on |^ready: |^not ready yet: |^authentication 'insecure-dev'/;
    const kept = test.log.entries.filter(({ message }) => !isOfStart.test(message));
    test.log.entries.splice(0, test.log.entries.length, ...kept);
    return test;
  }

  /** The options with which a client reaches the server. */
  get client(): ClientOptions {
    return { port: this.server.port, ca: this.#ca };
  }

  /** Returns an HTTP/2 connection. */
  get http2(): Http2Client {
    this.#http2 ??= new Http2Client(this.client);
    return this.#http2;
  }

  /** Sends a request over HTTP/1.1. */
  get(path: string, headers: Record<string, string | string[]> = {}, method = 'GET'): Promise<ClientResponse> {
    return requestOnce(path, { ...this.client, headers, method });
  }

  /** Sends a GET and returns its JSON, whatever the status is. */
  async json(path: string, headers: Record<string, string> = {}): Promise<Record<string, any>> {
    return JSON.parse((await this.get(path, headers)).text);
  }

  async close(): Promise<void> {
    this.#http2?.close();
    // A second close ends it at once, because the fake clock does not advance.
    void this.server.close();
    await this.server.close();
  }
}

/** Resolves when a request of an authenticated client waits for a timer. New connections have a timer, too, until their first request. */
export function requestWaits({ server, clock }: TestServer): Promise<void> {
  return until(() => server.counts().newConnections === 0 && clock.waiting > 0);
}

/**
 * Resolves when a read waits for a version: its deadline and that of the wait are the only timers. Unlike {@link requestWaits}, it does not
 * resolve while a request has only its deadline.
 */
export function readWaits({ server, clock }: TestServer): Promise<void> {
  return until(() => server.counts().newConnections === 0 && clock.waiting === 2);
}

/** The names of the items of a list. */
export function names(list: Record<string, any>): string[] {
  return list['items'].map((item: { metadata: { name: string } }) => item.metadata.name);
}

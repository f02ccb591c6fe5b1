import { expect } from 'chai';

import type {
  DiscoveryEntry,
  GroupEntry,
  VersionDiscovery,
} from '../../../../src/testing/cluster/http/aggregated-apis.ts';
import { API_SERVICES } from '../../../../src/testing/cluster/aggregator/api-service.ts';
import { certificateAuthority } from '../../../../src/certificates.ts';
import type { CertificateAndKey, CertificateAuthority } from '../../../../src/certificates.ts';
import { fakeClock } from '../../../../src/testing/informers/fake-clock.ts';
import type { FakeClock } from '../../../../src/testing/informers/fake-clock.ts';
import { fakeCluster } from '../../../../src/testing/cluster/fake-cluster.ts';
import type { FakeCluster } from '../../../../src/testing/cluster/fake-cluster.ts';
import { ApiServiceUnavailableError } from '../../../../src/testing/cluster/aggregator/register-api-service.ts';
import { clientOf } from '../support/cluster-client.ts';
import type { ClusterClient, Json } from '../support/cluster-client.ts';
import { until } from '../../../support/until.ts';
import { AGGREGATED_TYPE, sendJson, smallBackend, widgetResources } from '../support/small-backend.ts';
import type { SmallBackend, SmallBackendOptions } from '../support/small-backend.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

const NAME = 'v1.example.com';
const SERVICE = { namespace: 'shop', name: 'api' };

const apiService = (service: object | undefined = { ...SERVICE, port: 443 }, spec: object = {}) => ({
  metadata: { name: NAME },
  spec: {
    group: 'example.com',
    version: 'v1',
    groupPriorityMinimum: 1000,
    versionPriority: 15,
    insecureSkipTLSVerify: true,
    ...(service === undefined ? {} : { service }),
    ...spec,
  },
});

describe('aggregator()', () => {
  let authority: CertificateAuthority;
  let certificate: CertificateAndKey;
  let clock: FakeClock;
  let cluster: FakeCluster;
  let client: ClusterClient;
  const backends: SmallBackend[] = [];

  before(async () => {
    authority = await certificateAuthority('backend');
    certificate = await authority.issue({ commonName: 'x', dnsNames: ['kubefacet.kubefacet.svc'], usage: 'server' });
  });
  beforeEach(async () => {
    clock = fakeClock(Date.parse('2026-01-01T00:00:00Z'));
    cluster = await fakeCluster({ clock });
    client = await clientOf(cluster);
  });
  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    await cluster.close();
    for (const backend of backends.splice(0)) await backend.close();
  });

  const start = async (onRequest: SmallBackendOptions['onRequest'], port = 0): Promise<SmallBackend> => {
    const { certificate: frontProxyCa } = cluster.frontProxyAuthority;
    const backend = await smallBackend({
      protocol: 'h2',
      certificate,
      frontProxyCa,
      port,
      ...(onRequest === undefined ? {} : { onRequest }),
    });
    backends.push(backend);
    return backend;
  };
  const register = async (
    port: number,
    options: { group?: string; version?: string; groupPriorityMinimum?: number } = {},
  ): Promise<void> =>
    await cluster.registerApiService({
      group: 'example.com',
      version: 'v1',
      port,
      caBundle: authority.certificate,
      ...options,
    });

  const available = (): Condition | undefined => {
    const status = cluster.storage.get(API_SERVICES, NAME)?.['status'] as
      | { readonly conditions?: readonly Condition[] }
      | undefined;
    return status?.conditions?.find(({ type }) => type === 'Available');
  };
  const reasonBecomes = async (reason: string): Promise<void> =>
    await until(() => available()?.reason === reason, `the reason ${reason} (it is ${available()?.reason})`);

  describe('availability', () => {
    beforeEach(() => cluster.storage.create('namespaces', { metadata: { name: 'shop' } }));

    it('reports an APIService without a Service as local', () => {
      cluster.storage.create(API_SERVICES, apiService(null as unknown as undefined, { service: null }));
      expect(available()).to.include({ status: 'True', reason: 'Local' });
    });

    for (const [what, spec, reason] of [
      ['has a missing Service', undefined, 'ServiceNotFound'],
      ['uses a port that its Service does not have', { ports: [{ port: 8443 }] }, 'ServicePortError'],
      ['has a Service without endpoints', { ports: [{ port: 443 }] }, 'MissingEndpoints'],
    ] as const)
      it(`reports ${reason} if an APIService ${what}`, () => {
        if (spec !== undefined) cluster.storage.create('services', { metadata: SERVICE, spec });
        cluster.storage.create(API_SERVICES, apiService());
        expect(available()).to.include({ status: 'False', reason });
      });

    it('reaches each server at its own port if several APIServices have one Service', async () => {
      const first = await start(undefined);
      const second = await start(({ url }, response) => {
        if (url !== '/apis/other.example.com/v1') return false;
        sendJson(response, 200, { ...widgetResources, groupVersion: 'other.example.com/v1' });
        return true;
      });
      await register(first.port);
      await register(second.port, { group: 'other.example.com' });
      await client.call('/apis/example.com/v1/one');
      await client.call('/apis/other.example.com/v1/two');
      const pathsOf = ({ seen }: SmallBackend): string[] => seen.map(({ url }) => url);
      expect(pathsOf(first)).to.include('/apis/example.com/v1/one').and.not.include('/apis/other.example.com/v1/two');
      expect(pathsOf(second)).to.include('/apis/other.example.com/v1/two').and.not.include('/apis/example.com/v1/one');
      const spec = cluster.storage.get('services', 'kubefacet/kubefacet')?.['spec'] as { readonly ports: unknown };
      expect(spec.ports).to.deep.equal([
        { name: 'https', protocol: 'TCP', port: 443, targetPort: first.port },
        { name: 'https-444', protocol: 'TCP', port: 444, targetPort: second.port },
      ]);
      // A server that starts again on another port keeps the port of the Service.
      const third = await start(undefined);
      await register(third.port);
      await client.call('/apis/example.com/v1/three');
      expect(pathsOf(third)).to.include('/apis/example.com/v1/three');
    });

    it('reaches a backend through an ExternalName Service and the port of the APIService', async () => {
      const { port, seen } = await start(undefined);
      cluster.storage.create('services', {
        metadata: SERVICE,
        spec: { type: 'ExternalName', externalName: 'localhost' },
      });
      cluster.storage.create(API_SERVICES, apiService({ ...SERVICE, port }));
      await reasonBecomes('Passed');
      expect(seen[0]?.headers).to.include({
        'x-remote-user': 'system:kube-aggregator',
        'x-remote-group': 'system:masters',
      });
      expect(seen[0]?.client).to.equal('front-proxy-client');
    });

    it('checks immediately when the Service is created', async () => {
      const { port } = await start(undefined);
      cluster.storage.create(API_SERVICES, apiService({ ...SERVICE, port }));
      expect(available()?.reason).to.equal('ServiceNotFound');
      cluster.storage.create('services', {
        metadata: SERVICE,
        spec: { type: 'ExternalName', externalName: 'localhost' },
      });
      await reasonBecomes('Passed');
    });

    it('checks an available backend every 30 seconds, and an unavailable one more often', async () => {
      let status = 200;
      const { port } = await start((request, response) => {
        if (request.url !== '/apis/example.com/v1') return false;
        sendJson(response, status, widgetResources);
        return true;
      });
      await register(port);
      expect(available()).to.include({ status: 'True', reason: 'Passed' });
      const since = available() as unknown as { readonly lastTransitionTime: string };
      status = 500;
      clock.advance(29_999);
      expect(available()?.status).to.equal('True');
      clock.advance(1);
      await reasonBecomes('FailedDiscoveryCheck');
      expect(available()?.message).to.match(/bad status from https:.*: 500/);
      expect((await client.call('/apis/example.com/v1/widgets')).text).to.equal('service unavailable\n');
      status = 200;
      clock.advance(5);
      await reasonBecomes('Passed');
      expect((available() as unknown as typeof since).lastTransitionTime).not.to.equal(since.lastTransitionTime);
    });

    it('reports a backend as unavailable if it does not respond within 5 seconds', async () => {
      const { port, seen } = await start((request) => request.url === '/apis/example.com/v1');
      const registered = register(port).catch((error: unknown) => error);
      await until(() => seen.length >= 5, 'five attempts');
      clock.advance(5000);
      await reasonBecomes('FailedDiscoveryCheck');
      expect(available()?.message).to.contain('no response within 5 s');
      clock.advance(5000);
      expect(await registered).to.be.instanceOf(ApiServiceUnavailableError);
    });

    it('serves the path of a deleted APIService itself', async () => {
      const { port } = await start(undefined);
      await register(port);
      expect((await client.call('/apis/example.com/v1')).status).to.equal(200);
      cluster.storage.delete(API_SERVICES, NAME);
      expect((await client.call('/apis/example.com/v1')).status).to.equal(404);
      expect((await client.call('/apis/example.com')).status).to.equal(404);
    });
  });

  describe('discovery', () => {
    const aggregatedDocument = {
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: [
        { metadata: { name: 'example.com' }, versions: [{ version: 'v1', resources: [{ resource: 'gadgets' }] }] },
      ],
    };
    const serving =
      (etag?: string): SmallBackendOptions['onRequest'] =>
      (request, response) => {
        if (request.url !== '/apis') return false;
        if (etag !== undefined && request.headers['if-none-match'] === etag) response.writeHead(304).end();
        else
          sendJson(response, 200, aggregatedDocument, {
            'content-type': AGGREGATED_TYPE,
            ...(etag === undefined ? {} : { etag }),
          });
        return true;
      };
    const items = async (): Promise<readonly DiscoveryEntry[]> =>
      (await client.call('/apis', { headers: { accept: AGGREGATED_TYPE } })).json[
        'items'
      ] as unknown as readonly DiscoveryEntry[];
    const version = async (): Promise<VersionDiscovery | undefined> =>
      (await items()).find(({ metadata }) => metadata.name === 'example.com')?.versions[0];

    it('adds the group to the legacy documents', async () => {
      await register((await start(undefined)).port);
      const groups = (await client.call('/apis')).json['groups'] as unknown as readonly GroupEntry[];
      const entry = { groupVersion: 'example.com/v1', version: 'v1' };
      expect(groups.at(-1)).to.deep.equal({ name: 'example.com', versions: [entry], preferredVersion: entry });
      expect(groups[0]?.name).to.equal('apiregistration.k8s.io');
      expect((await client.call('/apis/example.com')).json).to.include({ kind: 'APIGroup', name: 'example.com' });
    });

    it('sorts groups by priority, among the built-in ones', async () => {
      const { port } = await start((_, response) => {
        sendJson(response, 200, widgetResources);
        return true;
      });
      await register(port);
      await register(port, { group: 'first.example.com', groupPriorityMinimum: 30_000 });
      const groups = (await client.call('/apis')).json['groups'];
      expect(groups?.['0']?.['name']).to.equal('first.example.com');
      expect((await items())[0]?.metadata.name).to.equal('first.example.com');
    });

    it('includes the aggregated discovery of the backend', async () => {
      const { port, seen } = await start(serving());
      await register(port);
      expect(await version()).to.deep.equal({
        version: 'v1',
        resources: [{ resource: 'gadgets' }],
        freshness: 'Current',
      });
      const request = seen.find(({ url }) => url === '/apis');
      expect(request?.headers).to.include({
        'x-remote-user': 'system:kube-aggregator',
        'x-remote-group': 'system:masters',
      });
      expect(request?.headers.accept).to.equal(`${AGGREGATED_TYPE},${AGGREGATED_TYPE.replace('v=v2', 'v=v2beta1')}`);
    });

    it('converts the legacy document of a backend that has no aggregated one', async () => {
      const { port, seen } = await start(undefined);
      await register(port);
      expect((await version())?.resources?.[0]).to.include({ resource: 'widgets', scope: 'Namespaced' });
      const request = seen.find(
        ({ url, headers }) => url === '/apis/example.com/v1' && headers['x-remote-group'] === undefined,
      );
      expect(request?.headers['x-remote-user']).to.equal('system:kube-aggregator');
    });

    it('polls every minute with the known ETag', async () => {
      const { port, seen } = await start(serving('"1"'));
      await register(port);
      const asked = (): readonly unknown[] =>
        seen.filter(({ url }) => url === '/apis').map(({ headers }) => headers['if-none-match']);
      const before = asked().length;
      clock.advance(60_000);
      await until(() => asked().length > before, 'the next poll');
      expect(asked().at(-1)).to.equal('"1"');
      expect((await version())?.resources).to.deep.equal([{ resource: 'gadgets' }]);
    });

    it('keeps the known discovery, marked as stale, while the backend is down', async () => {
      const backend = await start(serving());
      await register(backend.port);
      await backend.close();
      clock.advance(60_000);
      await reasonBecomes('FailedDiscoveryCheck');
      let now = await version();
      while (now?.freshness !== 'Stale') now = await version();
      expect(now).to.deep.equal({ version: 'v1', resources: [{ resource: 'gadgets' }], freshness: 'Stale' });
    });

    it('lists a version that was never reached as stale and empty', async () => {
      cluster.storage.create('namespaces', { metadata: { name: 'shop' } });
      cluster.storage.create(API_SERVICES, apiService());
      expect(await version()).to.deep.equal({ version: 'v1', freshness: 'Stale' });
    });
  });

  describe('OpenAPI', () => {
    const documents: Readonly<Record<string, unknown>> = {
      '/openapi/v2': {
        paths: { '/apis/example.com/v1/widgets': { get: { schema: { $ref: '#/definitions/Widget' } } } },
        definitions: { Widget: { type: 'object' } },
      },
      '/openapi/v3': {
        paths: { 'apis/example.com/v1': { serverRelativeURL: '/openapi/v3/apis/example.com/v1?hash=A' } },
      },
      '/openapi/v3/apis/example.com/v1?hash=A': { openapi: '3.0.0', info: { title: 'widgets' } },
    };
    const serving: SmallBackendOptions['onRequest'] = (request, response) => {
      const document = documents[request.url ?? ''];
      if (document === undefined) return false;
      sendJson(response, 200, document);
      return true;
    };

    it('merges the documents of the backend and proxies the document of its version', async () => {
      const { port, seen } = await start(serving);
      await register(port);
      let v3: Json = {};
      while (v3['apis/example.com/v1'] === undefined) v3 = (await client.call('/openapi/v3')).json['paths'] ?? {};
      expect(v3).to.include.keys('api/v1', 'apis/apps/v1');
      let v2: Json = {};
      while (v2['definitions']?.['Widget'] === undefined) v2 = (await client.call('/openapi/v2')).json;
      expect(v2['paths']).to.include.keys('/apis/example.com/v1/widgets');
      const { json } = await client.call('/openapi/v3/apis/example.com/v1?hash=A');
      expect(json['info']?.['title']).to.equal('widgets');
      expect(seen.at(-1)?.headers['x-remote-user']).to.equal('root');
      const polls = seen.filter(({ url }) => url === '/openapi/v2' || url === '/openapi/v3');
      for (const { headers } of polls) {
        expect(headers['x-remote-user']).to.equal('system:aggregator');
        expect(headers).not.to.have.any.keys('x-remote-group');
      }
    });

    it('does not poll a backend without documents until its APIService changes', async () => {
      const { port, seen } = await start(undefined);
      await register(port);
      const asked = (): number => seen.filter(({ url }) => url.startsWith('/openapi')).length;
      await until(() => asked() >= 2, 'the first polls');
      expect((await client.call('/openapi/v3/apis/example.com/v1')).status).to.equal(404);
      const before = asked();
      clock.advance(3_600_000);
      await until(() => seen.at(-1)?.url === '/apis/example.com/v1', 'another discovery');
      expect(asked()).to.equal(before);
      await register(port, { groupPriorityMinimum: 2000 });
      await until(() => asked() > before, 'another poll');
    });
  });
});

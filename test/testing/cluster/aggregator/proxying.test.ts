import { once } from 'node:events';
import { constants } from 'node:http2';

import { expect } from 'chai';

import { API_SERVICES } from '../../../../src/testing/cluster/aggregator/api-service.ts';
import { conditionOf } from '../../../../src/testing/cluster/aggregator/availability-controller.ts';
import { certificateAuthority } from '../../../../src/certificates.ts';
import type { CertificateAuthority } from '../../../../src/certificates.ts';
import { fakeCluster } from '../../../../src/testing/cluster/fake-cluster.ts';
import type { FakeCluster } from '../../../../src/testing/cluster/fake-cluster.ts';
import { clientOf, clusterClient } from '../support/cluster-client.ts';
import { until } from '../../../support/until.ts';
import { smallBackend } from '../support/small-backend.ts';
import type { BackendRequest, BackendResponse, SmallBackend, SmallBackendOptions } from '../support/small-backend.ts';

type OnRequest = (request: BackendRequest, response: BackendResponse) => boolean;

const onWidgets =
  (serve: (request: BackendRequest, response: BackendResponse) => void): OnRequest =>
  (request, response) => {
    if (!(request.url ?? '').startsWith('/apis/example.com/v1/')) return false;
    serve(request, response);
    return true;
  };

function reset(response: BackendResponse | undefined, code: number): void {
  if (response?.stream === undefined) response?.destroy();
  else response.stream.close(code);
}

/** An authority that has signed no certificate of this test. */
const UNRELATED = (await certificateAuthority('unrelated')).certificate;

const WIDGETS = '/apis/example.com/v1/widgets';

for (const [protocol, client2] of [
  ['h2', true],
  ['http/1.1', true],
  ['h2', false],
  ['http/1.1', false],
] as const)
  describe(`aggregator between a client of ${client2 ? 'h2' : 'http/1.1'} and a backend of ${protocol}`, () => {
    let authority: CertificateAuthority;
    let cluster: FakeCluster;
    let backend: SmallBackend | undefined;

    before(async () => {
      authority = await certificateAuthority('backend');
    });
    beforeEach(async () => {
      cluster = await fakeCluster();
    });
    afterEach(async () => {
      await cluster.close();
      await backend?.close();
      backend = undefined;
    });

    const start = async (onRequest: OnRequest, options: Partial<SmallBackendOptions> = {}): Promise<SmallBackend> => {
      backend = await smallBackend({
        protocol,
        certificate: await authority.issue({ commonName: 'x', dnsNames: ['kubefacet.kubefacet.svc'], usage: 'server' }),
        frontProxyCa: cluster.frontProxyAuthority.certificate,
        onRequest,
        ...options,
      });
      await register();
      return backend;
    };
    const register = async (): Promise<void> =>
      await cluster.registerApiService({
        group: 'example.com',
        version: 'v1',
        port: backend?.port ?? 0,
        caBundle: authority.certificate,
      });

    it('sends the request as the front proxy for the user and forwards the response unchanged', async () => {
      const { seen } = await start(
        onWidgets((_, response) => {
          response.writeHead(429, {
            'content-type': 'application/json',
            'retry-after': '7',
            warning: '299 - "careful"',
          });
          response.end('{"a": 1}');
        }),
      );
      await using client = await clientOf(cluster, { name: 'alice', groups: ['dev'] }, { http2: client2 });
      const response = await client.call(`${WIDGETS}?b=2&a=%20x`, {
        headers: {
          'x-remote-user': 'root',
          'x-remote-group': 'system:masters',
          'x-remote-extra-a': 'b',
          'user-agent': 'test',
        },
      });
      expect(response.status).to.equal(429);
      expect(response.headers).to.include({ 'retry-after': '7', warning: '299 - "careful"' });
      expect(response.text).to.equal('{"a": 1}');
      const request = seen.at(-1);
      expect(request).to.include({ client: 'front-proxy-client', method: 'GET', url: `${WIDGETS}?a=+x&b=2` });
      expect(request?.httpVersion).to.equal(protocol === 'h2' ? '2.0' : '1.1');
      expect(request?.headers).to.include({
        'x-remote-user': 'alice',
        'x-remote-group': 'dev, system:authenticated',
        'user-agent': 'test',
        'x-forwarded-host': `127.0.0.1:${backend?.port}`,
      });
      expect(request?.headers).not.to.have.any.keys('authorization', 'x-remote-extra-a');
    });

    it('does not forward the bearer token to the backend', async () => {
      const { seen } = await start(onWidgets((_, response) => response.end('ok')));
      cluster.kubeConfigWithToken({ name: 'bob', token: 'secret' });
      await using client = clusterClient(cluster, { token: 'secret', http2: client2 });
      expect((await client.call(WIDGETS)).text).to.equal('ok');
      expect(seen.at(-1)?.headers['x-remote-user']).to.equal('bob');
      expect(JSON.stringify(seen.at(-1)?.headers)).not.to.contain('secret');
    });

    it('passes bodies in both directions', async () => {
      const long = 'x'.repeat(300_000);
      await start(
        onWidgets((request, response) => {
          response.statusCode = 201;
          request.pipe(response);
        }),
      );
      await using client = await clientOf(cluster, undefined, { http2: client2 });
      const response = await client.call(WIDGETS, { method: 'POST', body: long });
      expect(response.status).to.equal(201);
      expect(response.text === long).to.equal(true);
    });

    it('forwards the headers of a watch immediately and each event when it arrives', async () => {
      let stream: BackendResponse | undefined;
      await start(
        onWidgets((_, response) => {
          stream = response;
          response.writeHead(200, { 'content-type': 'application/json' });
          response.flushHeaders?.();
        }),
      );
      await using client = await clientOf(cluster, undefined, { http2: client2 });
      const { statusCode, body } = await client.open(`${WIDGETS}?watch=1`);
      expect(statusCode).to.equal(200);
      const events = body[Symbol.asyncIterator]();
      for (const event of ['{"type":"ADDED"}\n', '{"type":"DELETED"}\n']) {
        stream?.write(event);
        expect(String((await events.next()).value)).to.equal(event);
      }
      stream?.end();
      expect((await events.next()).done).to.equal(true);
    });

    it("ends the backend's stream when the client disconnects", async () => {
      let gone = false;
      await start(
        onWidgets((_, response) => {
          response.on('close', () => (gone = true));
          response.write('{}\n');
        }),
      );
      await using client = await clientOf(cluster, undefined, { http2: client2 });
      const leaving = new AbortController();
      const { body } = await client.open(`${WIDGETS}?watch=1`, { signal: leaving.signal });
      body.on('error', () => undefined);
      await once(body, 'readable');
      expect(gone).to.equal(false);
      leaving.abort();
      await until(() => gone, 'the end of the stream');
    });

    const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL } = constants;
    for (const [how, end] of [
      ['aborts', (response) => reset(response, NGHTTP2_INTERNAL_ERROR)],
      ['cancels', (response) => reset(response, NGHTTP2_CANCEL)],
      ['is killed', () => backend?.cut()],
    ] satisfies [string, (response: BackendResponse | undefined) => void][])
      it(`aborts the client's stream when the backend ${how}`, async () => {
        let response: BackendResponse | undefined;
        await start(
          onWidgets((_, begun) => {
            response = begun;
            begun.write('{}\n');
          }),
        );
        await using client = await clientOf(cluster, undefined, { http2: client2 });
        const { body } = await client.open(`${WIDGETS}?watch=1`);
        const ended = body.text().then(
          () => 'ended',
          () => 'broken',
        );
        end(response);
        expect(await ended).to.equal('broken');
      });

    it('responds with 503 in plain text while the backend is down, and recovers with it', async () => {
      const { port } = await start(onWidgets((_, response) => response.end('ok')));
      await using client = await clientOf(cluster, undefined, { http2: client2 });
      expect((await client.call(WIDGETS)).text).to.equal('ok');
      await backend?.close();
      const response = await client.call(WIDGETS);
      expect(response.status).to.equal(503);
      expect(response.headers['content-type']).to.equal('text/plain; charset=utf-8');
      expect(response.text).to.match(/^error trying to reach service: .*ECONNREFUSED.*\n$/);
      await start(
        onWidgets((_, response) => response.end('back')),
        { port },
      );
      expect((await client.call(WIDGETS)).text).to.equal('back');
    });

    for (const [what, change, message] of [
      ['signed by another authority', { caBundle: btoa(UNRELATED) }, /certificate/],
      ['for another Service', { service: { namespace: 'kubefacet', name: 'other', port: 443 } }, /altnames/],
    ] as const)
      it(`sends nothing to a backend whose certificate is ${what}`, async () => {
        const { seen, port } = await start(onWidgets((_, response) => response.end('ok')));
        cluster.registerBackend({ namespace: 'kubefacet', name: 'other' }, { host: '127.0.0.1', port });
        const before = seen.length;
        const condition = (): { readonly status: string; readonly message: string } | undefined =>
          conditionOf(cluster.storage.get(API_SERVICES, 'v1.example.com'));
        cluster.storage.modify(API_SERVICES, 'v1.example.com', (object) => ({
          ...object,
          spec: { ...(object['spec'] as object), ...change },
        }));
        await until(() => condition()?.status === 'False', 'the condition');
        expect(condition()?.message).to.match(message);
        await using client = await clientOf(cluster, undefined, { http2: client2 });
        expect((await client.call(WIDGETS)).status).to.equal(503);
        expect(seen.length).to.equal(before);
      });

    if (protocol === 'h2') {
      it('keeps many watches on one connection', async () => {
        const running = await start(onWidgets((_, response) => response.write('{}\n')));
        await using client = await clientOf(cluster, undefined, { http2: true });
        const watches = await Promise.all(
          Array.from({ length: 50 }, async () => await client.open(`${WIDGETS}?watch=1`)),
        );
        expect(running.connections()).to.equal(1);
        for (const { body } of watches) body.on('error', () => undefined).destroy();
      });

      it('opens another session when the first has reached its limit of streams', async () => {
        const running = await start(
          onWidgets((_, response) => response.write('{}\n')),
          { maxConcurrentStreams: 10 },
        );
        await using client = await clientOf(cluster, undefined, { http2: true });
        const watches = await Promise.all(
          Array.from({ length: 25 }, async () => await client.open(`${WIDGETS}?watch=1`)),
        );
        expect(running.connections()).to.equal(3);
        for (const { body } of watches) body.on('error', () => undefined).destroy();
      });
    }
  });

/** Responses that a client in Go accepts, from a real server. */
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { DecodeError, RedirectError, UpstreamApiError } from '../../src/informers/errors.ts';
import type { SourceObject } from '../../src/informers/collection/source-collection.ts';
import { KubeListWatch } from '../../src/informers/kube-list-watch.ts';
import { KubeTransport } from '../../src/informers/kube-transport.ts';
import { type TlsServer, tlsServer } from './tls-server.ts';

const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );

for (const http1 of [false, true]) {
  describe(`a response over HTTP/${http1 ? '1.1' : '2'}`, () => {
    let server: TlsServer;
    let transport: KubeTransport;

    beforeEach(async () => {
      server = await tlsServer({ http1 });
      transport = new KubeTransport(server.config());
    });
    afterEach(async () => {
      await transport.close();
      await server.close();
    });

    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['x-gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
      ['identity', (text: string) => Buffer.from(text)],
      ['gzip, br', (text: string) => brotliCompressSync(gzipSync(text))],
    ] as const) {
      it(`is read with the content encoding ${encoding}, which was not requested`, async () => {
        server.handle = (_, response) => {
          response.writeHead(200, { 'content-encoding': encoding });
          response.end(compress('{"kind":"ConfigMap"}'));
        };
        expect(await transport.get('/api/v1/x')).to.deep.equal({ kind: 'ConfigMap' });
        expect(await (await transport.open('/api/v1/x')).body.text()).to.equal('{"kind":"ConfigMap"}');
      });
    }

    it('is refused with an unknown content encoding', async () => {
      server.handle = (_, response) => {
        response.writeHead(200, { 'content-encoding': 'zstd' });
        response.end('{}');
      };
      const error = await failureOf(transport.get('/api/v1/x'));
      expect(error).to.be.instanceOf(DecodeError);
      expect(error.message).to.contain('content encoding "zstd"');
    });

    it('has its message read if it is a compressed error', async () => {
      server.handle = (_, response) => {
        response.writeHead(403, { 'content-encoding': 'gzip' });
        response.end(gzipSync('{"kind":"Status","message":"not you","reason":"Forbidden"}'));
      };
      expect((await failureOf(transport.get('/api/v1/x'))).message).to.equal('not you');
    });

    it('delivers each event of a compressed watch when it arrives', async () => {
      const gzip = createGzip();
      server.handle = (_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        gzip.on('data', (chunk: Buffer) => void (response as unknown as NodeJS.WritableStream).write(chunk));
      };
      const event = (name: string) => ({ type: 'ADDED', object: { kind: 'Pod', metadata: { name } } });
      const send = (name: string): void => {
        gzip.write(JSON.stringify(event(name)));
        gzip.flush();
      };
      const pods = new KubeListWatch<SourceObject>(transport, { group: '', version: 'v1', resource: 'pods' });
      const watch = pods.watch({ timeoutSeconds: 300 }, new AbortController().signal);
      send('a');
      const frames = (await watch)[Symbol.asyncIterator]();
      expect((await frames.next()).value.object.metadata.name).to.equal('a');
      send('b');
      expect((await frames.next()).value.object.metadata.name).to.equal('b');
      await frames.return?.();
    });

    for (const [method, status] of [
      ['GET', 301],
      ['GET', 302],
      ['GET', 307],
      ['GET', 308],
      ['PATCH', 307],
      ['POST', 308],
    ] as const) {
      it(`is followed for a ${method} if it is a ${status} to the same host`, async () => {
        const seen: unknown[] = [];
        server.handle = (request, response) => {
          const { url, headers } = request;
          if (url.startsWith('/old')) {
            response.writeHead(status, { location: '/new/x?page=2' });
            response.end('moved');
            return;
          }
          let body = '';
          (request as unknown as NodeJS.ReadableStream)
            .on('data', (chunk: Buffer) => (body += chunk.toString()))
            .on('end', () => {
              seen.push([request.method, url, headers.authorization, body]);
              response.end('{"kind":"ConfigMap"}');
            });
        };
        const body = method === 'GET' ? {} : { body: { a: 1 } };
        expect(await transport.send('/old/x', { method, ...body })).to.deep.equal({ kind: 'ConfigMap' });
        expect(seen).to.deep.equal([[method, '/new/x?page=2', 'Bearer secret', method === 'GET' ? '' : '{"a":1}']]);
      });
    }

    for (const location of [
      'https://elsewhere.example.com/x',
      'https://127.0.0.1:1/x',
      'http://127.0.0.1/x',
      '//other/x',
    ]) {
      it(`is reported if it is a redirect to ${location}`, async () => {
        server.handle = (_, response) => {
          response.writeHead(307, { location });
          response.end();
        };
        const error = await failureOf(transport.get('/api/v1/x'));
        expect(error).to.be.instanceOf(RedirectError);
        expect(error.message).to.contain(`${server.url} redirects requests to ${new URL(location, server.url).origin}`);
      });
    }

    it('is reported if it is a redirect without an end, or one that would change the method', async () => {
      let requests = 0;
      server.handle = (_, response) => {
        requests += 1;
        response.writeHead(302, { location: '/again' });
        response.end();
      };
      expect(await failureOf(transport.get('/x')))
        .to.be.instanceOf(UpstreamApiError)
        .and.include({ code: 302 });
      expect(requests).to.equal(11);
      const patch = transport.send('/x', { method: 'PATCH', body: {} });
      expect(await failureOf(patch))
        .to.be.instanceOf(UpstreamApiError)
        .and.include({ code: 302 });
      expect(requests).to.equal(12);
    });
  });
}

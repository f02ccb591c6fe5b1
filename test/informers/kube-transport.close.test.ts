/** A transport is closed during requests, at each stage of a request: the waiting caller gets an error, and nothing else fails. */
import { expect } from 'chai';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { KubeConfig } from '@kubernetes/client-node';
import type { SourceObject } from '../../src/informers/collection/source-collection.ts';
import { ConnectionError } from '../../src/informers/errors.ts';
import { KubeListWatch } from '../../src/informers/kube-list-watch.ts';
import { KubeTransport } from '../../src/informers/kube-transport.ts';
import { type TlsServer, tlsServer } from './tls-server.ts';

const never = new AbortController().signal;
const FRAME = `${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'a', resourceVersion: '5' } } })}\n`;

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => `it did not fail: ${JSON.stringify(value)}`,
    (error: unknown) => error,
  );

/** An unhandled rejection would be reported within these turns of the event loop, and fail the test. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

for (const http1 of [false, true]) {
  describe(`KubeTransport.close() over ${http1 ? 'HTTP/1.1' : 'HTTP/2'}`, () => {
    let server: TlsServer;
    let kubeConfig: KubeConfig;
    let transport: KubeTransport;
    let pods: KubeListWatch<SourceObject>;

    beforeEach(async () => {
      server = await tlsServer({ http1 });
      kubeConfig = server.config();
      transport = new KubeTransport(kubeConfig);
      pods = new KubeListWatch(transport, { group: '', version: 'v1', resource: 'pods' });
    });
    afterEach(async () => {
      await transport.close();
      await server.close();
    });

    /** Responds with the head and these bytes, without an end. Resolves when they are sent. */
    const begun = (status: number, bytes: string): Promise<void> =>
      new Promise((resolve) => {
        server.handle = (_, response) => {
          response.writeHead(status, { 'content-type': 'application/json' });
          response.write(bytes, () => resolve());
        };
      });

    async function expectClosed(waiting: Promise<unknown>): Promise<void> {
      await transport.close();
      const error = await waiting;
      expect(error).to.be.instanceOf(ConnectionError).with.property('message', 'the transport is closed');
      await quiet();
      await server.openConnections(0);
    }

    it('fails a request that waits for credentials', async () => {
      const gate = Promise.withResolvers<void>();
      kubeConfig.applyToHTTPSOptions = () => gate.promise;
      const waiting = failureOf(transport.get('/'));
      await transport.close();
      gate.resolve();
      await expectClosed(waiting);
    });

    it('fails requests that wait for the connection', async () => {
      const mute = net.createServer().listen(0, '127.0.0.1');
      await once(mute, 'listening');
      const port = (mute.address() as AddressInfo).port;
      transport = new KubeTransport(server.config({}, { server: `https://127.0.0.1:${port}` }));
      const waiting = [failureOf(transport.get('/1')), failureOf(transport.get('/2'))];
      const [socket] = (await once(mute, 'connection')) as [net.Socket];
      const gone = once(socket.resume(), 'close');
      for (const each of waiting) await expectClosed(each);
      // The socket closes before the attempt times out.
      await gone;
      mute.close();
    });

    it('fails a request that waits for its response', async () => {
      const received = new Promise<void>((resolve) => (server.handle = () => resolve()));
      const waiting = failureOf(transport.get('/'));
      await received;
      await expectClosed(waiting);
    });

    it('fails a request in the middle of its response', async () => {
      const sent = begun(200, '{"items":[');
      const waiting = failureOf(pods.list({}, never));
      await sent;
      await expectClosed(waiting);
    });

    it('fails a request in the middle of an error response', async () => {
      const sent = begun(500, '{"kind":"Status",');
      const waiting = failureOf(transport.get('/'));
      await sent;
      await expectClosed(waiting);
    });

    it('fails a watch that waits for its next frame', async () => {
      void begun(200, FRAME);
      const frames = (await pods.watch({}, never))[Symbol.asyncIterator]();
      expect((await frames.next()).value).to.have.property('type', 'ADDED');
      await expectClosed(failureOf(frames.next()));
    });

    it('fails a watch between two reads', async () => {
      void begun(200, FRAME);
      const frames = (await pods.watch({}, never))[Symbol.asyncIterator]();
      await frames.next();
      await transport.close();
      await quiet();
      await expectClosed(failureOf(frames.next()));
    });

    it('fails a watch before its first read', async () => {
      const sent = begun(200, FRAME);
      const frames = (await pods.watch({}, never))[Symbol.asyncIterator]();
      await sent;
      await transport.close();
      await quiet();
      // Frames that have arrived may be read before the error.
      let result: unknown = await failureOf(frames.next());
      if (!(result instanceof Error)) result = await failureOf(frames.next());
      await expectClosed(Promise.resolve(result));
    });

    it('does not disturb a watch that is being aborted', async () => {
      void begun(200, FRAME);
      const controller = new AbortController();
      const frames = (await pods.watch({}, controller.signal))[Symbol.asyncIterator]();
      const waiting = failureOf(frames.next().then(() => frames.next()));
      await quiet();
      controller.abort(new Error('enough'));
      await transport.close();
      expect(await waiting).to.have.property('message', 'enough');
      await quiet();
      await server.openConnections(0);
    });

    it('fails a watch on the connection of a replaced certificate', async () => {
      server.handle = (request, response) => {
        if (request.url.includes('watch')) response.write(FRAME);
        else response.end('{}');
      };
      const frames = (await pods.watch({}, never))[Symbol.asyncIterator]();
      await frames.next();
      const { certificate, key } = await server.authority.issue({ commonName: 'new', usage: 'client' });
      const [certData = '', keyData = ''] = [certificate, key].map((pem) => Buffer.from(pem).toString('base64'));
      kubeConfig.users[0] = { name: 'tester', certData, keyData };
      await transport.get('/');
      expect(server.connections.open.size).to.equal(2);
      await expectClosed(failureOf(frames.next()));
    });

    it('fails requests through a proxy, connected or not', async () => {
      const tunnels: net.Socket[] = [];
      const proxy = http.createServer().on('connect', (request, client: net.Socket) => {
        tunnels.push(client.on('error', () => undefined));
        if (tunnels.length > 1) {
          // This tunnel never connects.
          client.on('end', () => client.end()).resume();
          return;
        }
        const [host = '', port] = (request.url ?? '').split(':');
        const socket = net.connect(Number(port), host, () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
        socket.on('error', () => client.destroy()).on('close', () => client.destroy());
        client.on('close', () => socket.destroy());
        socket.pipe(client).pipe(socket);
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      for (const stage of [() => begun(200, '['), () => once(proxy, 'connect')]) {
        const received = stage();
        transport = new KubeTransport(server.config({}, { proxyUrl }));
        const waiting = failureOf(transport.get('/'));
        await received;
        await expectClosed(waiting);
      }
      expect(tunnels).to.have.length(2);
      for (const tunnel of tunnels) if (!tunnel.destroyed) await once(tunnel, 'close');
      proxy.close();
    });

    it('has no effect when called again', async () => {
      await Promise.all([transport.close(), transport.close()]);
      await transport.close();
      await expectClosed(failureOf(transport.get('/')));
    });

    it('is not needed to destroy a body that has begun to arrive', async () => {
      server.handle = (_, response) => response.end('{}');
      const { body } = await transport.open('/');
      await once(body, 'readable');
      body.destroy();
      await quiet();
      expect(await transport.get('/')).to.deep.equal({});
    });
  });
}

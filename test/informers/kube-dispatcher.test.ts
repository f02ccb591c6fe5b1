import { expect } from 'chai';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { ConnectionError } from '../../src/informers/errors.ts';
import { KubeTransport } from '../../src/informers/kube-transport.ts';
import { tlsServer } from './tls-server.ts';

describe('kubeDispatcher()', () => {
  it('cancels also what is cancelled as it is sent, and lives on when the connection breaks then', async () => {
    const server = await tlsServer();
    const transport = new KubeTransport(server.config());
    await transport.get('/');
    const controller = new AbortController();
    let unknown = 0;
    const look = (message: unknown): void => {
      const { sentHeaders } = (message as { stream: { sentHeaders: OutgoingHttpHeaders | undefined } }).stream;
      if (sentHeaders === undefined) unknown += 1;
      if (sentHeaders?.[':path'] === '/cancelled') queueMicrotask(() => controller.abort(new Error('enough')));
    };
    subscribe('http2.client.stream.created', look);
    const streams: ServerHttp2Stream[] = [];
    const asked = Promise.withResolvers<void>();
    server.handle = (request, response) => {
      streams.push(request.stream);
      response.write('[');
      if (request.url === '/cancelled') asked.resolve();
    };
    const other = transport.get('/other').catch((failure: unknown) => failure);
    const error = await transport.get('/cancelled', { signal: controller.signal }).catch((failure: unknown) => failure);
    expect(error).to.have.property('message', 'enough');
    await asked.promise;
    const patience = AbortSignal.timeout(1500);
    while (streams[1]?.closed === false && !patience.aborted) await new Promise((resolve) => setImmediate(resolve));
    expect(streams[1]?.closed, 'the server is told').to.equal(true);
    expect(streams[0]?.closed, 'others go on').to.equal(false);
    unsubscribe('http2.client.stream.created', look);
    expect(unknown, 'Node has made a stream that nobody knows').to.equal(1);
    for (const socket of server.connections.open) socket.destroy();
    expect(await other).to.be.instanceOf(ConnectionError);
    // What nobody caught would be reported now, and fail the test.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    server.handle = (_, response) => response.end('{}');
    expect(await transport.get('/')).to.deep.equal({});
    await transport.close();
    await server.close();
  });
});

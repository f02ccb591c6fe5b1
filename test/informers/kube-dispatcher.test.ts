import { expect } from 'chai';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { ConnectionError } from '../../src/informers/errors.ts';
import { KubeTransport } from '../../src/informers/kube-transport.ts';
import { tlsServer } from './tls-server.ts';
import { until } from '../support/until.ts';

describe('kubeDispatcher()', () => {
  it('cancels a request while it is sent, and survives when its connection breaks', async () => {
    const server = await tlsServer();
    const transport = new KubeTransport(server.config());
    await transport.get('/');
    const controller = new AbortController();
    let unrequested = 0;
    const countStream = (message: unknown): void => {
      const { sentHeaders } = (message as { stream: { sentHeaders: OutgoingHttpHeaders | undefined } }).stream;
      if (sentHeaders === undefined) unrequested += 1;
      if (sentHeaders?.[':path'] === '/cancelled') queueMicrotask(() => controller.abort(new Error('enough')));
    };
    subscribe('http2.client.stream.created', countStream);
    const streams: ServerHttp2Stream[] = [];
    const received = Promise.withResolvers<void>();
    server.handle = (request, response) => {
      streams.push(request.stream);
      response.write('[');
      if (request.url === '/cancelled') received.resolve();
    };
    const other = transport.get('/other').catch((failure: unknown) => failure);
    const error = await transport.get('/cancelled', { signal: controller.signal }).catch((failure: unknown) => failure);
    expect(error).to.have.property('message', 'enough');
    await received.promise;
    await until(() => streams[1]?.closed === true, 'the server received the cancellation');
    expect(streams[0]?.closed, 'other streams continue').to.equal(false);
    unsubscribe('http2.client.stream.created', countStream);
    expect(unrequested, 'streams that Node.js created without a request').to.equal(0);
    for (const socket of server.connections.open) socket.destroy();
    expect(await other).to.be.instanceOf(ConnectionError);
    // An unhandled rejection would be reported now, and fail the test.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    server.handle = (_, response) => response.end('{}');
    expect(await transport.get('/')).to.deep.equal({});
    await transport.close();
    await server.close();
  });
});

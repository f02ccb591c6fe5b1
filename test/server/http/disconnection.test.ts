import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { expect } from 'chai';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import { TASK, TASKS } from '../write/custom-rig.ts';
import { BASE, TestServer, until } from '../../support/test-server.ts';

describe('an upload that the client aborts', () => {
  let test: TestServer;
  let ended: number;

  before(async () => {
    const upload = rawEndpoint({
      name: 'uploads',
      paths: {
        '': {
          POST: async (ctx) => {
            try {
              for await (const _ of ctx.req);
            } finally {
              ended += 1;
            }
          },
        },
      },
    });
    test = await TestServer.listening({ resources: [upload, resource({ ...TASK, namespaced: false }, memoryStore())] });
  });
  after(() => test.close());
  beforeEach(() => {
    ended = 0;
    test.log.entries.length = 0;
  });

  // With `Expect`, the client notices when the server has begun to handle the request.
  const headers = { 'content-type': 'application/json', 'content-length': '1000', expect: '100-continue' };
  /** Resolves when the server has finished the request. It logs at this level only that the client disconnected. */
  const finished = (name: string): Promise<void> =>
    until(() => (name !== 'a raw endpoint' || ended === 1) && test.log.of('debug').length > 0);
  const tasks = TASKS.replace('/namespaces/default', '');

  for (const [name, path] of [
    ['a raw endpoint', `${BASE}/uploads`],
    ['a custom resource', tasks],
  ] as const) {
    it(`is no error in the log, over HTTP/1.1 (${name})`, async () => {
      const client = { ...test.client, host: '127.0.0.1', servername: 'localhost' };
      const outgoing = httpsRequest({ ...client, path, method: 'POST', headers });
      outgoing.on('error', () => undefined);
      outgoing.flushHeaders();
      await once(outgoing, 'continue');
      outgoing.write('{"a":');
      outgoing.destroy();
      await finished(name);
      expect([...test.log.of('error'), ...test.log.of('warn')]).to.deep.equal([]);
    });

    it(`is no error in the log, over HTTP/2 (${name})`, async () => {
      const session = connectHttp2(`https://localhost:${test.client.port}`, { ca: test.client.ca });
      session.on('error', () => undefined);
      const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
      stream.on('error', () => undefined);
      await once(stream, 'continue');
      stream.write('{"a":');
      session.destroy();
      await finished(name);
      expect([...test.log.of('error'), ...test.log.of('warn')]).to.deep.equal([]);
    });
  }
});

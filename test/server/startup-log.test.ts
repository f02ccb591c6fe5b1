import { expect } from 'chai';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { fakeInformer, pod } from '../../src/testing/informers/index.ts';
import { podSummaries, servingAuthority, servingCertificate, TestServer } from '../support/test-server.ts';

describe('a server that starts', () => {
  it('logs that it listens, that it is insecure, and once that it is ready', async () => {
    const pods = fakeInformer<V1Pod>(pod('shop/web'));
    pods.gone();
    const test = new TestServer({ resources: [podSummaries(pods)] }, (await servingAuthority()).certificate);
    await test.server.listen({ port: 0, host: '127.0.0.1', tls: await servingCertificate() });
    const { port } = test.server;
    const lines = (): string[] => test.log.entries.map(({ level, message }) => `${level} ${message}`);
    expect(lines()).to.deep.equal([
      `info listening on https://127.0.0.1:${port}`,
      `warn authentication 'insecure-dev': every client that can reach https://127.0.0.1:${port} may do everything; use it for development only`,
      'info not ready yet: /readyz?verbose lists the checks that fail',
    ]);
    pods.replace(pod('shop/web'));
    pods.add(pod('shop/db'));
    expect(lines().slice(3)).to.deep.equal(['info ready: all checks of /readyz pass']);
    await test.close();
  });

  it('logs the same without a socket, and the state once if it listens later', async () => {
    const pods = fakeInformer<V1Pod>(pod('shop/web'));
    pods.gone();
    const test = new TestServer({ resources: [podSummaries(pods)] }, (await servingAuthority()).certificate);
    const lines = (): string[] => test.log.entries.map(({ level, message }) => `${level} ${message}`);
    test.server.start();
    test.server.start();
    expect(lines()).to.deep.equal([
      'info started: requests arrive through handle',
      "warn authentication 'insecure-dev': every client that can reach handle may do everything; use it for development only",
      'info not ready yet: /readyz?verbose lists the checks that fail',
    ]);
    await test.server.listen({ port: 0, host: '127.0.0.1', tls: await servingCertificate() });
    expect(lines()[3]).to.equal(`info listening on https://127.0.0.1:${test.server.port}`);
    pods.replace(pod('shop/web'));
    pods.add(pod('shop/db'));
    expect(lines().slice(5)).to.deep.equal(['info ready: all checks of /readyz pass']);
    await test.close();
  });
});

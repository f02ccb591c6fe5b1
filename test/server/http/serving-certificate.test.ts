import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { expect } from 'chai';
import { ServerDefinitionError } from '../../../src/server/errors.ts';
import type { ServingCertificate, ServingCertificateSource } from '../../../src/server/http/serving-certificate.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { EscapedErrors, STRAY_ERRORS } from '../../support/stray-errors.ts';
import { BASE, podSummaries, servingAuthority, TestServer, until } from '../../support/test-server.ts';

async function certificateFor(name: string): Promise<ServingCertificate> {
  const ca = await servingAuthority();
  const dnsNames = ['localhost', name];
  const { certificate, key } = await ca.issue({
    commonName: name,
    dnsNames,
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  return { cert: certificate, key };
}

/** Returns the common name of the certificate that a new connection gets. */
async function nameServed(test: TestServer): Promise<string> {
  const socket = connect({ ...test.client, host: '127.0.0.1', servername: 'localhost' });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

describe('a serving certificate', () => {
  let folder: string;
  let old: ServingCertificate;
  let renewed: ServingCertificate;
  let test: TestServer;
  const files = () => ({ certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') });

  async function write({ cert, key }: ServingCertificate): Promise<void> {
    await writeFile(files().certFile, cert);
    await writeFile(files().keyFile, key);
  }

  async function listen(tls: ServingCertificateSource): Promise<void> {
    test = new TestServer(
      { resources: [podSummaries(fakeInformer(pod('shop/web')))] },
      (await servingAuthority()).certificate,
    );
    await test.server.listen({ port: 0, host: '127.0.0.1', tls });
  }

  before(async () => {
    old = await certificateFor('old');
    renewed = await certificateFor('renewed');
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubefacet-tls-'));
    await write(old);
  });
  afterEach(async () => {
    await test.close();
    await rm(folder, { recursive: true });
  });

  for (const [name, source] of [
    ['files', () => files()],
    ['a function', () => () => current],
    ['a function that returns a promise', () => async () => current],
  ] as const) {
    it(`of ${name} is renewed without a restart, and open watches stay`, async () => {
      current = old;
      await listen(source());
      const watch = test.http2.watch(`${BASE}/podsummaries?watch=1`);
      expect(await watch.next()).to.not.equal(undefined);
      expect(await nameServed(test)).to.equal('old');
      current = renewed;
      await write(renewed);
      test.clock.advance(10_000);
      await until(() => test.log.of('info').includes('the serving certificate was renewed'));
      expect(await nameServed(test)).to.equal('renewed');
      expect(test.server.counts().watchers).to.equal(1);
      expect((await test.http2.request('/livez')).text).to.equal('ok');
    });
  }
  let current: ServingCertificate;

  it('stays in use while the files do not fit together, and the log says so once', async () => {
    await listen(files());
    await writeFile(files().certFile, renewed.cert);
    for (let n = 0; n < 3; n += 1) {
      test.clock.advance(10_000);
      await until(() => test.log.of('warn').some((line) => line.includes('the last certificate stays in use')));
      await nameServed(test);
    }
    expect(await nameServed(test)).to.equal('old');
    expect(test.log.of('warn').filter((line) => line.includes('stays in use'))).to.have.length(1);
    await writeFile(files().keyFile, renewed.key);
    test.clock.advance(10_000);
    await until(() => test.log.of('info').includes('the serving certificate was renewed'));
    expect(await nameServed(test)).to.equal('renewed');
  });

  for (const [name, start] of Object.entries(STRAY_ERRORS)) {
    it(`stays in use when ${name} of its function fails, and is renewed later`, async () => {
      const escaped = new EscapedErrors();
      escaped.start();
      let calls = 0;
      await listen(() => {
        calls += 1;
        if (calls === 1) return old;
        if (calls === 2 || calls === 3) start();
        return calls === 2 ? new Promise<never>(() => undefined) : renewed;
      });
      test.clock.advance(10_000);
      await until(() => test.log.of('warn').some((line) => line.includes('broken') || line.includes('ECONNREFUSED')));
      expect(await nameServed(test)).to.equal('old');
      test.clock.advance(10_000);
      await until(() => test.log.of('error').length > 0 || test.log.of('warn').length > 2);
      test.clock.advance(10_000);
      await until(() => test.log.of('info').includes('the serving certificate was renewed'));
      expect(await nameServed(test)).to.equal('renewed');
      escaped.stop();
      expect(escaped.all).to.deep.equal([]);
    });
  }

  it('must be usable when the server starts to listen', async () => {
    const error = await listen({ certFile: join(folder, 'none'), keyFile: files().keyFile }).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(ServerDefinitionError);
    expect(String(error)).to.contain('tls: the serving certificate is not usable: ENOENT');
  });
});

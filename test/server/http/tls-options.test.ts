import { once } from 'node:events';
import { connect, type SecureVersion } from 'node:tls';
import { expect } from 'chai';
import { fakeInformer } from '../../../src/testing/informers/index.ts';
import { podSummaries, TestServer } from '../../support/test-server.ts';

describe('the TLS of a server', () => {
  let test: TestServer;
  before(async () => {
    test = await TestServer.listening({ resources: [podSummaries(fakeInformer())] });
  });
  after(() => test.close());

  /** Connects with one version only, and returns the agreed version or the code of the error. */
  const handshake = async (version: SecureVersion): Promise<string | null> => {
    // OpenSSL offers TLS 1.1 only at the lowest security level.
    const ciphers = 'DEFAULT@SECLEVEL=0';
    const versions = { minVersion: version, maxVersion: version, ciphers };
    const socket = connect({ ...test.client, ...versions, host: '127.0.0.1', servername: 'localhost' });
    try {
      await once(socket, 'secureConnect');
      return socket.getProtocol();
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? null;
    } finally {
      socket.destroy();
    }
  };

  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    it(`refuses a client that offers only ${version}`, async () => {
      expect(await handshake(version)).to.equal('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    });
  }

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`accepts a client that offers only ${version}`, async () => {
      expect(await handshake(version)).to.equal(version);
    });
  }
});

import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { certificateAuthority, type CertificateAndKey } from '../src/certificates.ts';

/** Performs one TLS handshake and returns the client's identity as the server verified it. */
const handshake = async (options: {
  readonly server: CertificateAndKey;
  readonly serverTrusts: string;
  readonly client: CertificateAndKey;
  readonly clientTrusts: string;
  readonly servername: string;
}): Promise<{ readonly authorized: boolean; readonly subject: unknown }> => {
  const server = tls.createServer({
    cert: options.server.certificate,
    key: options.server.key,
    ca: options.serverTrusts,
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const seen = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>;
    seen.catch(() => undefined);
    const client = tls.connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      servername: options.servername,
      ca: options.clientTrusts,
      cert: options.client.certificate,
      key: options.client.key,
    });
    try {
      await once(client, 'secureConnect');
      const [socket] = await seen;
      const result = { authorized: socket.authorized, subject: { ...socket.getPeerCertificate().subject } };
      socket.destroy();
      return result;
    } finally {
      client.destroy();
    }
  } finally {
    server.close();
  }
};

const rejection = async (promise: Promise<unknown>): Promise<Error & { readonly code?: string }> => {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a rejection');
};

/** Runs a program in a separate process and returns those of its modules that belong to the certificate library. */
async function certificateModulesOf(program: string): Promise<string[]> {
  const recorder = `
    import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
    ${program}
    console.log(JSON.stringify(urls));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=source', '--input-type=module', '--eval', recorder],
    { cwd: resolve(import.meta.dirname, '..') },
  );
  const urls = JSON.parse(stdout) as string[];
  const modules = urls.map((url) => /node_modules\/(@peculiar\/x509|reflect-metadata)\//.exec(url)?.[1] ?? []);
  return [...new Set(modules.flat())].toSorted();
}

describe('certificateAuthority()', () => {
  const now = Date.now();

  for (const entry of ['kubefacet/server', 'kubefacet/testing'])
    it(`is imported with ${entry} without loading the certificate library`, async () => {
      expect(await certificateModulesOf(`await import('${entry}');`)).to.deep.equal([]);
    });

  it('loads the certificate library when the first authority is made', async () => {
    const program = `await (await import('kubefacet/testing')).certificateAuthority('test-ca');`;
    expect(await certificateModulesOf(program)).to.deep.equal(['@peculiar/x509', 'reflect-metadata']);
  });

  it('issues server and client certificates that pass a mutual TLS handshake', async () => {
    const authority = await certificateAuthority('test-ca');
    const seen = await handshake({
      server: await authority.issue({ commonName: 'api', dnsNames: ['api.demo.svc'], usage: 'server' }),
      client: await authority.issue({ commonName: 'alice', organizations: ['dev', 'ops'], usage: 'client' }),
      serverTrusts: authority.certificate,
      clientTrusts: authority.certificate,
      servername: 'api.demo.svc',
    });
    expect(seen).to.deep.equal({ authorized: true, subject: { CN: 'alice', O: ['dev', 'ops'] } });
  });

  it('issues certificates that do not verify against another authority with the same name', async () => {
    const authority = await certificateAuthority('test-ca');
    const other = await certificateAuthority('test-ca');
    const server = await authority.issue({ commonName: 'api', dnsNames: ['api'], usage: 'server' });
    const client = await authority.issue({ commonName: 'alice', usage: 'client' });
    const common = { server, client, servername: 'api' };
    const seen = await handshake({ ...common, serverTrusts: other.certificate, clientTrusts: authority.certificate });
    expect(seen.authorized).to.equal(false);
    const error = await rejection(
      handshake({ ...common, serverTrusts: authority.certificate, clientTrusts: other.certificate }),
    );
    expect(error.code).to.equal('SELF_SIGNED_CERT_IN_CHAIN');
  });

  it('limits a server certificate to its names', async () => {
    const authority = await certificateAuthority('test-ca');
    const issued = new X509Certificate(
      (
        await authority.issue({
          commonName: 'api',
          dnsNames: ['a.example.com', '*.b.example.com'],
          ipAddresses: ['127.0.0.1', '::1'],
          usage: 'server',
        })
      ).certificate,
    );
    expect(issued.checkHost('a.example.com')).to.equal('a.example.com');
    expect(issued.checkHost('x.b.example.com')).to.equal('*.b.example.com');
    expect(issued.checkHost('other.example.com')).to.equal(undefined);
    expect(issued.checkIP('127.0.0.1')).to.equal('127.0.0.1');
    expect(issued.checkIP('::1')).to.equal('::1');
    expect(issued.checkIP('127.0.0.2')).to.equal(undefined);
  });

  for (const [usage, wrong] of [
    ['server', 'client'],
    ['client', 'server'],
  ] as const)
    it(`issues a ${usage} certificate that is rejected as a ${wrong} certificate`, async () => {
      const authority = await certificateAuthority('test-ca');
      const pair = await authority.issue({ commonName: 'x', dnsNames: ['x'], usage });
      const right = await authority.issue({
        commonName: 'x',
        dnsNames: ['x'],
        usage: wrong === 'client' ? 'server' : 'client',
      });
      const attempt = handshake({
        server: wrong === 'server' ? pair : right,
        client: wrong === 'client' ? pair : right,
        serverTrusts: authority.certificate,
        clientTrusts: authority.certificate,
        servername: 'x',
      });
      if (wrong === 'client') expect((await attempt).authorized).to.equal(false);
      else expect((await rejection(attempt)).code).to.equal('INVALID_PURPOSE');
    });

  it('dates certificates by the clock of the options', async () => {
    const authority = await certificateAuthority('test-ca', {
      clock: { now: () => now - 10_000_000 },
      validity: 1_000_000_000,
    });
    const issued = new X509Certificate(
      (await authority.issue({ commonName: 'x', usage: 'client', validity: 1_000_000 })).certificate,
    );
    expect(issued.validFromDate.getTime()).to.be.within(now - 10_302_000, now - 10_298_000);
    expect(issued.validToDate.getTime()).to.be.within(now - 9_002_000, now - 8_998_000);
    expect(new X509Certificate(authority.certificate).validToDate.getTime()).to.be.greaterThan(now);
  });

  it('gives each certificate a different serial number', async () => {
    const authority = await certificateAuthority('test-ca');
    const serials = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { certificate } = await authority.issue({ commonName: 'x', usage: 'client' });
        return new X509Certificate(certificate).serialNumber;
      }),
    );
    expect(new Set(serials).size).to.equal(20);
  });

  it('marks its own certificate as an authority and issued certificates as leaves', async () => {
    const authority = await certificateAuthority('test-ca');
    const own = new X509Certificate(authority.certificate);
    const leaf = new X509Certificate((await authority.issue({ commonName: 'x', usage: 'client' })).certificate);
    expect(own.ca).to.equal(true);
    expect(leaf.ca).to.equal(false);
    expect(leaf.checkIssued(own)).to.equal(true);
    expect(leaf.verify(own.publicKey)).to.equal(true);
  });
});

import { expect } from 'chai';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { type webcrypto, X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import {
  authorityOf,
  dateProblem,
  HandshakeError,
  nameProblems,
  pemCertificates,
  presentedChain,
} from '../../../src/cli/doctor/certificates.ts';
import { certificateAuthority } from '../../../src/certificates.ts';

const NAME = 'kubefacet.kubefacet.svc';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate with the key that signs others. */
interface Signer {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

describe('pemCertificates()', () => {
  it('reads all certificates of a bundle, with text between them', async () => {
    const [one, other] = [await certificateAuthority('one'), await certificateAuthority('other')];
    const found = pemCertificates(`# one\n${one.certificate}\n# other\n${other.certificate}`);
    expect(found.map(({ subject }) => subject)).to.deep.equal(['CN=one', 'CN=other']);
  });

  it('refuses a text without a certificate, and names one that cannot be read', async () => {
    const { certificate } = await certificateAuthority('one');
    expect(() => pemCertificates('nothing')).to.throw('it contains no PEM certificate');
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(() => pemCertificates(certificate + broken)).to.throw('its certificate 2 cannot be read');
  });
});

describe('authorityOf()', () => {
  let root: Signer;
  let intermediate: Signer;
  let leaf: Signer;

  before(async () => {
    root = await signed('root', undefined, true);
    intermediate = await signed('intermediate', root, true);
    leaf = await signed('leaf', intermediate, false);
  });

  it('finds the root through intermediate certificates in any order', async () => {
    const other = await signed('other', root, true);
    const chain = [leaf.certificate, other.certificate, intermediate.certificate] as const;
    expect(authorityOf(chain, [root.certificate])).to.equal(root.certificate);
  });

  it('accepts an intermediate certificate, or the certificate itself, as the authority', () => {
    expect(authorityOf([leaf.certificate], [intermediate.certificate])).to.equal(intermediate.certificate);
    expect(authorityOf([leaf.certificate], [leaf.certificate])).to.equal(leaf.certificate);
  });

  it('finds no authority without the intermediate certificate, and for another one with the same name', async () => {
    const namesake = await signed('root', undefined, true);
    expect(authorityOf([leaf.certificate], [root.certificate])).to.equal(undefined);
    expect(authorityOf([leaf.certificate, intermediate.certificate], [namesake.certificate])).to.equal(undefined);
  });

  it('does not accept a certificate that signs although it is no CA', async () => {
    const forged = await signed('forged', leaf, false);
    expect(authorityOf([forged.certificate, leaf.certificate, intermediate.certificate], [root.certificate])).to.equal(
      undefined,
    );
  });
});

describe('nameProblems()', () => {
  for (const [title, dnsNames, usage, problems] of [
    ['the name of the Service', [NAME], 'server', []],
    ['a wildcard', ['*.kubefacet.svc'], 'server', []],
    ['a common name only', [], 'server', [/is for no names, not for/]],
    ['another namespace', ['kubefacet.other.svc'], 'server', [/DNS:kubefacet\.other\.svc, not for/]],
    ['clients', [NAME], 'client', [/is not for servers/]],
  ] as const) {
    it(`finds ${problems.length} problems for ${title}`, async () => {
      const authority = await certificateAuthority('ca');
      const { certificate } = await authority.issue({ commonName: NAME, dnsNames, usage });
      const found = nameProblems(new X509Certificate(certificate), NAME);
      expect(found).to.have.length(problems.length);
      problems.forEach((pattern, index) => expect(found[index]?.cause).to.match(pattern));
    });
  }
});

describe('dateProblem()', () => {
  const DAY = 86_400_000;
  for (const [title, offset, expected] of [
    ['has no problem in its time', 0, undefined],
    ['is not valid yet', -1, /^the CA is not valid before .*Z$/],
    ['warns before the end', 80, /^the CA expires on \d{4}-\d{2}-\d{2}$/],
    ['has expired', 91, /^the CA expired on/],
  ] as const) {
    it(`says that a certificate ${title}`, async () => {
      const { certificate } = await certificateAuthority('ca', { validity: 90 * DAY });
      const now = Date.now() + offset * DAY;
      const problem = dateProblem(new X509Certificate(certificate), { what: 'the CA', fix: 'Renew it.', now });
      if (expected === undefined) expect(problem).to.equal(undefined);
      else expect(problem?.cause).to.match(expected);
    });
  }
});

describe('presentedChain()', () => {
  const { signal } = new AbortController();

  it('throws a HandshakeError if nothing listens, or if the server does not speak TLS', async () => {
    const server = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const failureAt = (at: number): Promise<unknown> =>
      presentedChain({ host: '127.0.0.1', port: at }, NAME, signal).catch((error: unknown) => error);
    expect(await failureAt(port)).to.be.instanceOf(HandshakeError);
    await new Promise((resolve) => server.close(resolve));
    expect(await failureAt(port)).to.be.instanceOf(HandshakeError);
  });

  it('ends with its signal', async () => {
    const server = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const controller = new AbortController();
    const waiting = presentedChain({ host: '127.0.0.1', port }, NAME, controller.signal).catch(
      (error: unknown) => error,
    );
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await waiting).to.equal(reason);
    server.close();
  });
});

function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** Issues a certificate; without a signer, it signs itself. */
async function signed(name: string, signer: Signer | undefined, isCa: boolean): Promise<Signer> {
  const keys = await keyPair();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: signer === undefined ? `CN=${name}` : (signer.certificate.subject ?? ''),
    publicKey: keys.publicKey,
    signingKey: (signer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 1000),
    notAfter: new Date(Date.now() + 60_000),
    extensions: [new x509.BasicConstraintsExtension(isCa, undefined, true)],
  });
  return { certificate: new X509Certificate(certificate.toString('pem')), keys };
}

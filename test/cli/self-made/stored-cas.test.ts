import { expect } from 'chai';
import { newCas } from '../../../src/cli/self-made/rotation.ts';
import { bundleOf, casIn, dataOf, StoredCasError } from '../../../src/cli/self-made/stored-cas.ts';
import type { CertificateAndKey } from '../../../src/certificates.ts';
import { FakeClock } from '../../../src/testing/index.ts';

describe('the CAs in a Secret', () => {
  let one: CertificateAndKey;
  let two: CertificateAndKey;
  let three: CertificateAndKey;
  before(async () => {
    const clock = new FakeClock();
    [one, two, three] = await Promise.all([newCas('a', clock), newCas('b', clock), newCas('c', clock)]);
  });

  it('are read as they were written', () => {
    const trim = (pem: string): string => pem.trimEnd();
    const former = [trim(two.certificate), trim(three.certificate)];
    for (const cas of [
      { current: one, next: undefined, previous: [] },
      { current: one, next: two, previous: [] },
      { current: one, next: two, previous: former },
      { current: one, next: undefined, previous: former },
    ]) {
      expect(casIn({ data: dataOf(cas) })).to.deep.equal(cas);
    }
  });

  it('are missing in an empty Secret', () => {
    expect(casIn({})).to.equal(undefined);
    expect(casIn({ data: { 'other.key': 'YQ==' } })).to.equal(undefined);
  });

  it('form a bundle with one certificate after the other, and without keys', () => {
    const bundle = bundleOf({ current: one, next: two, previous: [three.certificate.trimEnd()] });
    expect(bundle.match(/^-----BEGIN CERTIFICATE-----$/gm)).to.have.length(3);
    expect(bundle).to.not.contain('PRIVATE');
  });

  it('are refused if a certificate is not PEM, or has no key', () => {
    const { 'tls.key': key = '', ...certificate } = dataOf({ current: one, next: undefined, previous: [] });
    expect(() => casIn({ data: certificate })).to.throw(StoredCasError, 'tls.key is missing');
    expect(() => casIn({ data: { 'tls.crt': 'YQ==', 'tls.key': key } })).to.throw(StoredCasError, 'tls.crt is not a');
  });
});

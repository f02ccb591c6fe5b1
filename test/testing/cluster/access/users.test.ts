import { expect } from 'chai';

import { certificateAuthority } from '../../../../src/certificates.ts';
import { ANONYMOUS, users } from '../../../../src/testing/cluster/access/users.ts';
import type { AuthenticationRequest } from '../../../../src/testing/cluster/access/users.ts';

const pem = (text: string): Buffer => Buffer.from(text.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');

describe('users()', () => {
  const known = users([{ name: 'alice', groups: ['dev'], uid: 'a-1', token: 'secret' }]);
  let alice: Buffer;
  let nameless: Buffer;

  before(async () => {
    const authority = await certificateAuthority('kubernetes');
    const issue = async (commonName: string, organizations: readonly string[]): Promise<Buffer> =>
      pem((await authority.issue({ commonName, organizations, usage: 'client' })).certificate);
    alice = await issue('cert-alice', ['dev', 'ops']);
    nameless = await issue('', []);
  });

  const request = (options: { raw?: Buffer; authorized?: boolean; authorization?: string }): AuthenticationRequest => ({
    headers: options.authorization === undefined ? {} : { authorization: options.authorization },
    socket: {
      authorized: options.authorized ?? options.raw !== undefined,
      getPeerCertificate: (() => (options.raw === undefined ? {} : { raw: options.raw })) as never,
    },
  });

  const nameOf = (options: Parameters<typeof request>[0]): string | undefined =>
    known.authenticate(request(options))?.name;

  it('returns the user of a token, in system:authenticated', () => {
    expect(known.authenticate(request({ authorization: 'Bearer secret' }))).to.deep.equal({
      name: 'alice',
      groups: ['dev', 'system:authenticated'],
      uid: 'a-1',
      extra: undefined,
    });
  });

  it('reads user and groups from CN and O of a valid client certificate, and adds the credential id', () => {
    const user = known.authenticate(request({ raw: alice }));
    expect(user?.name).to.equal('cert-alice');
    expect(user?.groups).to.deep.equal(['dev', 'ops', 'system:authenticated']);
    expect(user?.extra?.['authentication.kubernetes.io/credential-id']?.[0]).to.match(/^X509SHA256=[0-9a-f]{64}$/);
  });

  for (const [what, authorization, expected] of [
    ['nothing', undefined, 'system:anonymous'],
    ['another scheme', 'Basic YTpi', 'system:anonymous'],
    ['a Bearer scheme without a token', 'Bearer ', 'system:anonymous'],
    ['the scheme in other case', 'bEARER secret', 'alice'],
    ['an unknown token', 'Bearer wrong', undefined],
  ] as const)
    it(`treats a request with ${what} as ${expected ?? 'unauthorized'}`, () => {
      expect(nameOf(authorization === undefined ? {} : { authorization })).to.equal(expected);
    });

  it('refuses a certificate that is not verified or has no CN', () => {
    expect(nameOf({ raw: alice, authorized: false })).to.equal(undefined);
    expect(nameOf({ raw: nameless })).to.equal(undefined);
  });

  it('treats an authorized connection without a certificate as anonymous', () => {
    expect(known.authenticate(request({ authorized: true }))).to.equal(ANONYMOUS);
  });

  it('prefers the certificate, and uses the token if the certificate is invalid', () => {
    expect(nameOf({ raw: alice, authorization: 'Bearer secret' })).to.equal('cert-alice');
    expect(nameOf({ raw: alice, authorized: false, authorization: 'Bearer secret' })).to.equal('alice');
    expect(nameOf({ raw: alice, authorization: 'Bearer wrong' })).to.equal('cert-alice');
  });

  it('accepts tokens that are added later', () => {
    const learning = users();
    expect(learning.byToken('t')).to.equal(undefined);
    learning.add({ name: 'bob', token: 't' });
    expect(learning.byToken('t')?.name).to.equal('bob');
  });
});

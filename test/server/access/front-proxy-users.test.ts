import { expect } from 'chai';
import { FrontProxyUsers } from '../../../src/server/access/front-proxy-users.ts';
import type { RequestHeaderConfig } from '../../../src/server/access/request-header.ts';

const CONFIG: RequestHeaderConfig = {
  clientCa: '',
  allowedNames: ['proxy'],
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['My-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
};
const PROXY = { verified: true, commonName: 'proxy' };
const ALICE = ['X-Remote-User', 'alice', 'Accept', '*/*', 'My-Group', 'a', 'my-group', 'b', 'X-Remote-Extra-K', 'v'];

describe('FrontProxyUsers', () => {
  let users: FrontProxyUsers;

  beforeEach(() => {
    users = new FrontProxyUsers(CONFIG);
  });

  it('makes a user once for the same identity headers, whatever the other headers are', () => {
    const user = users.of(PROXY, ALICE);
    expect(user).to.deep.equal({
      name: 'alice',
      uid: undefined,
      groups: ['a', 'b', 'system:authenticated'],
      extra: { k: ['v'] },
    });
    expect(users.of(PROXY, ['Accept', 'application/json', ...ALICE, 'Audit-Id', '1'])).to.equal(user);
    expect(users.made).to.equal(1);
  });

  it('makes another user for each other name, uid, group and extra', () => {
    const made = new Set([
      users.of(PROXY, ALICE),
      users.of(PROXY, ['X-Remote-User', 'bob']),
      users.of(PROXY, ['X-Remote-User', 'bob', 'X-Remote-Uid', '1']),
      users.of(PROXY, ['X-Remote-User', 'bob', 'My-Group', 'a']),
      users.of(PROXY, ['X-Remote-User', 'bob', 'My-Group', 'a', 'My-Group', 'b']),
      users.of(PROXY, ['X-Remote-User', 'bob', 'My-Group', 'b', 'My-Group', 'a']),
      users.of(PROXY, ['X-Remote-User', 'bob', 'X-Remote-Extra-K', 'v']),
      users.of(PROXY, ['X-Remote-User', 'bob', 'X-Remote-Extra-K', 'w']),
    ]);
    expect(made.size).to.equal(8);
    expect([...made].map((user) => user?.name).filter((name) => name === 'bob')).to.have.length(7);
  });

  it('checks the certificate of each request', () => {
    expect(users.of(PROXY, ALICE)?.name).to.equal('alice');
    expect(users.of({ ...PROXY, verified: false }, ALICE)).to.equal(undefined);
    expect(users.of({ ...PROXY, commonName: 'other' }, ALICE)).to.equal(undefined);
    expect(users.of({ ...PROXY, commonName: undefined }, ALICE)).to.equal(undefined);
    expect(users.of(PROXY, ['Accept', '*/*'])).to.equal(undefined);
  });

  it('shares users that handlers cannot change', () => {
    const user = users.of(PROXY, ALICE);
    for (const value of [user, user?.groups, user?.extra, user?.extra['k']]) expect(value).to.be.frozen;
  });

  it('keeps no user with long headers', () => {
    const long = ['X-Remote-User', 'a'.repeat(3000)];
    expect(users.of(PROXY, long)).to.deep.equal(users.of(PROXY, long));
    expect(users.made).to.equal(2);
  });
});

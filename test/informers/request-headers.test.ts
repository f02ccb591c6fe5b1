import { expect } from 'chai';
import { ImpersonationError } from '../../src/informers/collection/upstream.ts';
import { requestHeaders } from '../../src/informers/request-headers.ts';

const parts = { own: {}, added: undefined, userAgent: 'test', contentType: undefined };

describe('requestHeaders()', () => {
  it('excludes HTTP/2 only if a header may have several values', () => {
    const group = 'impersonate-group';
    expect(requestHeaders(parts)).to.not.have.property('allowH2');
    expect(requestHeaders({ ...parts, own: { [group]: ['a'] } })).to.not.have.property('allowH2');
    expect(requestHeaders({ ...parts, own: { [group]: ['a', 'b'] } })).to.have.property('allowH2', false);
    expect(requestHeaders({ ...parts, added: { [group]: 'a' } })).to.have.property('allowH2', false);
  });

  it('describes the body', () => {
    expect(
      requestHeaders({ ...parts, own: { authorization: 'Bearer a' }, contentType: 'text/x' }).headers,
    ).to.deep.equal({
      authorization: 'Bearer a',
      accept: 'application/json',
      'user-agent': 'test',
      'content-type': 'text/x',
    });
  });

  it('refuses two users to impersonate', () => {
    const user = { 'impersonate-user': 'a' };
    expect(() => requestHeaders({ ...parts, own: user, added: { 'Impersonate-User': 'b' } })).to.throw(
      ImpersonationError,
    );
    expect(requestHeaders({ ...parts, own: user, added: { other: 'b' } }).headers).to.include({ ...user, other: 'b' });
  });
});

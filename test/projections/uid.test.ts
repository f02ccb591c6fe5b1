import { expect } from 'chai';
import { rowUid, uuidV5 } from '../../src/projections/uid.ts';

describe('uuidV5()', () => {
  it('makes the UUID of the test vector in RFC 9562, appendix A.4', () => {
    const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
    expect(uuidV5(dns, 'www.example.com')).to.equal('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });
});

describe('rowUid()', () => {
  it('is the same in every process and forever', () => {
    expect(rowUid('example.com', 'Row', 'shop/web', 'f2a1d2f0-0000-4000-8000-000000000001')).to.equal(
      rowUid('example.com', 'Row', 'shop/web', 'f2a1d2f0-0000-4000-8000-000000000001'),
    );
    expect(rowUid('g', 'K', 'a/b', undefined)).to.equal('1d27c6d4-b9c6-5550-b87e-0bda6468dee4');
  });

  it('is a UUID of version 5 that differs for each group, kind, key and source', () => {
    const uids = [
      rowUid('g', 'K', 'a/b', 'u'),
      rowUid('h', 'K', 'a/b', 'u'),
      rowUid('g', 'L', 'a/b', 'u'),
      rowUid('g', 'K', 'a/c', 'u'),
      rowUid('g', 'K', 'a/b', 'v'),
      rowUid('g', 'K', 'a/b', undefined),
    ];
    expect(new Set(uids).size).to.equal(uids.length);
    for (const uid of uids)
      expect(uid).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

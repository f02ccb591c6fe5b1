import { expect } from 'chai';
import * as fc from 'fast-check';
import { fnv1a64, shardHash } from '../../src/projections/shard-hash.ts';
import { RowEncoder } from '../../src/projections/row.ts';
import { VIEW } from './view-rig.ts';

/** FNV-1a as its authors define it. */
function oracle(text: string): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) % 2n ** 64n;
  return hash;
}

describe('fnv1a64()', () => {
  it('returns the published hashes', () => {
    expect(fnv1a64('')).to.equal(0xcbf2_9ce4_8422_2325n);
    expect(fnv1a64('a')).to.equal(0xaf63_dc4c_8601_ec8cn);
    expect(fnv1a64('foobar')).to.equal(0x8594_4171_f739_67e8n);
  });

  it('hashes the bytes of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fnv1a64(text)).to.equal(oracle(text));
      }),
    );
  });
});

describe('shardHash()', () => {
  const encoder = new RowEncoder(VIEW);
  const projected = (n: number): object => ({ metadata: { namespace: 'shop', name: 'web' }, n });

  it('hashes the uid or the namespace of a row', () => {
    const row = encoder.encode('shop/web', projected(1), { stamp: undefined, position: 1n });
    expect(shardHash(row, 'uid')).to.equal(fnv1a64(row.object.metadata.uid));
    expect(shardHash(row, 'namespace')).to.equal(fnv1a64('shop'));
  });

  it('is computed once for all states of a row', () => {
    const first = encoder.encode('shop/web', projected(1), { stamp: undefined, position: 1n });
    shardHash(first, 'uid');
    const second = encoder.encode('shop/web', projected(2), { stamp: undefined, position: 2n, old: first });
    expect(second.shardHashes).to.equal(first.shardHashes);
    expect(encoder.at(second, 3n).shardHashes).to.equal(first.shardHashes);
  });

  it('is computed again for a row that was created again', () => {
    const stamp = (uid: string) => ({ apiVersion: 'v1', kind: 'Pod', uid, version: '1' });
    const first = encoder.encode('shop/web', projected(1), { stamp: stamp('a'), position: 1n });
    const before = shardHash(first, 'uid');
    const second = encoder.encode('shop/web', projected(1), { stamp: stamp('b'), position: 2n, old: first });
    expect(shardHash(second, 'uid')).to.equal(fnv1a64(second.object.metadata.uid)).and.not.equal(before);
  });
});

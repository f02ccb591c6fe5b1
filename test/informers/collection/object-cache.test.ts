import { expect } from 'chai';
import fc from 'fast-check';
import { ObjectCache } from '../../../src/informers/collection/object-cache.ts';

const store = (): ObjectCache<unknown> => new ObjectCache(() => expect.fail('no index failed'));

describe('ObjectCache', () => {
  it('returns the delta of each write', () => {
    const objects = store();
    expect(objects.put('a', { n: 1 })).to.deep.equal({ type: 'ADDED', key: 'a', object: { n: 1 } });
    expect(objects.put('a', { n: 2 })).to.deep.equal({ type: 'MODIFIED', key: 'a', object: { n: 2 }, old: { n: 1 } });
    expect(objects.delete('a')).to.deep.equal({ type: 'DELETED', key: 'a', object: { n: 2 } });
    expect(objects.delete('a')).to.equal(undefined);
    expect([objects.size, objects.get('a')]).to.deep.equal([0, undefined]);
  });

  it('keeps the stored object if an equal one is put, in any order of fields', () => {
    const objects = store();
    const first = { n: 1, labels: { x: 'y' } };
    objects.put('a', first);
    expect(objects.put('a', first)).to.equal(undefined);
    expect(objects.put('a', { labels: { x: 'y' }, n: 1 })).to.equal(undefined);
    expect(objects.get('a')).to.equal(first);
  });

  it('returns a deletion with the last content, if it is given', () => {
    const objects = store();
    objects.put('a', { n: 1 });
    expect(objects.delete('a', { n: 2 })).to.deep.equal({ type: 'DELETED', key: 'a', object: { n: 2 } });
  });

  it('returns the difference of a replacement, deletions first', () => {
    const objects = store();
    for (const key of ['a', 'b', 'c']) objects.put(key, { n: key });
    const deltas = objects.replace(
      new Map([
        ['d', { n: 'd' }],
        ['b', { n: 'b' }],
        ['a', { n: 'x' }],
      ]),
    );
    expect(deltas.map(({ type, key }) => `${type} ${key}`)).to.deep.equal(['DELETED c', 'ADDED d', 'MODIFIED a']);
  });

  it('returns deltas that lead from any content to any other', () => {
    const content = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 2 }));
    fc.assert(
      fc.property(content, content, (from, to) => {
        const objects = new ObjectCache<number>(() => {});
        objects.replace(new Map(Object.entries(from)));
        const copy = new Map(objects.entries());
        for (const delta of objects.replace(new Map(Object.entries(to)))) {
          if (delta.type === 'DELETED') copy.delete(delta.key);
          else copy.set(delta.key, delta.object);
        }
        expect(Object.fromEntries(copy)).to.deep.equal({ ...to });
        expect(Object.fromEntries(objects.entries())).to.deep.equal({ ...to });
      }),
    );
  });
});

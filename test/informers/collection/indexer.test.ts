import { expect } from 'chai';
import fc from 'fast-check';
import { Indexer } from '../../../src/informers/collection/indexer.ts';

interface Tagged {
  readonly tags: readonly string[];
}

const keys = (indexer: Indexer<Tagged>, value: string): string[] => [...indexer.keys('tags', value)].toSorted();

describe('Indexer', () => {
  it('matches the objects after random writes', () => {
    const write = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      tags: fc.option(fc.array(fc.constantFrom('x', 'y', 'z')), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(write), fc.array(write), (before, after) => {
        const objects = new Map<string, Tagged>();
        const indexer = new Indexer<Tagged>(() => expect.fail());
        const apply = ({ key, tags }: { key: string; tags: readonly string[] | undefined }): void => {
          const object = tags === undefined ? undefined : { tags };
          indexer.update(key, objects.get(key), object);
          if (object === undefined) objects.delete(key);
          else objects.set(key, object);
        };
        before.forEach(apply);
        indexer.add('tags', ({ tags }) => tags, objects);
        after.forEach(apply);
        for (const tag of ['x', 'y', 'z']) {
          const expected = [...objects].filter(([, { tags }]) => tags.includes(tag)).map(([key]) => key);
          expect(keys(indexer, tag)).to.deep.equal(expected.toSorted());
        }
      }),
    );
  });

  it('leaves out an object for which the function throws, and reports the error', () => {
    const failures: string[] = [];
    const indexer = new Indexer<Tagged>((name, error) => failures.push(`${name}: ${String(error)}`));
    indexer.add('tags', ({ tags }) => (tags.length === 0 ? expect.fail('no tags') : tags), []);
    indexer.update('a', undefined, { tags: ['x'] });
    indexer.update('a', { tags: ['x'] }, { tags: [] });
    expect(keys(indexer, 'x')).to.deep.equal([]);
    indexer.update('a', { tags: [] }, { tags: ['y'] });
    expect(keys(indexer, 'y')).to.deep.equal(['a']);
    expect(failures).to.deep.equal(['tags: AssertionError: no tags', 'tags: AssertionError: no tags']);
  });

  it('is not added if the function throws for a stored object', () => {
    const indexer = new Indexer<Tagged>(() => {});
    expect(() => indexer.add('tags', () => expect.fail('no luck'), [['a', { tags: [] }]])).to.throw('no luck');
    expect(() => indexer.keys('tags', 'x')).to.throw('there is no index named "tags"');
    indexer.add('tags', ({ tags }) => tags, [['a', { tags: ['x'] }]]);
    expect(keys(indexer, 'x')).to.deep.equal(['a']);
  });

  it('removes the keys and keeps the indices when it is cleared', () => {
    const indexer = new Indexer<Tagged>(() => {});
    indexer.add('tags', ({ tags }) => tags, [['a', { tags: ['x'] }]]);
    indexer.clear();
    expect(keys(indexer, 'x')).to.deep.equal([]);
    indexer.update('b', undefined, { tags: ['x'] });
    expect(keys(indexer, 'x')).to.deep.equal(['b']);
  });
});

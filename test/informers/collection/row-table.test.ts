import { expect } from 'chai';
import { type Change, DeltaBatch, type DerivedBatch } from '../../../src/informers/collection/delta.ts';
import { RowErrors, RowTable } from '../../../src/informers/collection/row-table.ts';
import { ObjectCache } from '../../../src/informers/collection/object-cache.ts';

const setUp = () => {
  const store = new ObjectCache<number>(() => expect.fail());
  const errors = new RowErrors('rows', () => undefined);
  const table = new RowTable(store, errors);
  const batchOf = (changes: Iterable<Change<number>>): DerivedBatch<number> =>
    new DeltaBatch<number>([], { type: 'WRITE' }).derive(changes);
  const apply = (...changes: Change<number>[]) => table.apply([batchOf(changes)], () => expect.fail());
  const messages = (): string[] => Array.from(errors.all.values(), ({ message }) => message);
  return { store, errors, table, batchOf, apply, messages };
};

describe('RowTable', () => {
  it('applies the last change of each key and returns the differences', () => {
    const { apply, store } = setUp();
    apply({ type: 'PUT', key: 'a', object: 1 }, { type: 'PUT', key: 'b', object: 1 });
    const { deltas } = apply(
      { type: 'PUT', key: 'a', object: 2 },
      { type: 'REMOVE', key: 'a' },
      { type: 'PUT', key: 'b', object: 1 },
      { type: 'PUT', key: 'c', object: 3 },
    );
    expect(deltas.map(({ type, key }) => `${type} ${key}`)).to.deep.equal(['DELETED a', 'ADDED c']);
    expect([...store.entries()]).to.deep.equal([
      ['b', 1],
      ['c', 3],
    ]);
  });

  it('returns the keys of rows with another identity, also if their content is equal', () => {
    const { apply } = setUp();
    apply({ type: 'PUT', key: 'a', object: 1 });
    expect(apply({ type: 'PUT', key: 'a', object: 1, recreated: true })).to.deep.equal({
      deltas: [],
      recreated: ['a'],
    });
  });

  it('removes a row that failed, and its error when the row can be made again', () => {
    const { apply, errors, messages } = setUp();
    apply({ type: 'PUT', key: 'a', object: 1 });
    const { deltas } = apply({ type: 'FAIL', key: 'a', error: new Error('no luck') });
    expect(deltas).to.deep.equal([{ type: 'DELETED', key: 'a', object: 1 }]);
    expect(messages()).to.deep.equal(['rows: no row for a: no luck']);
    apply({ type: 'PUT', key: 'a', object: 2 });
    expect(errors.size).to.equal(0);
  });

  it('records input objects that are left out, without changing a row', () => {
    const { apply, errors, messages } = setUp();
    apply({ type: 'PUT', key: 'a', object: 1 });
    expect(apply({ type: 'FAULT', key: 'a', error: 'bad label' }).deltas).to.deep.equal([]);
    expect(messages()).to.deep.equal(['rows: a is left out: bad label']);
    apply({ type: 'FAIL', key: 'a', error: 'no luck' });
    expect([errors.size, ...messages()]).to.deep.equal([2, 'rows: no row for a: no luck']);
    apply({ type: 'HEAL', key: 'a' }, { type: 'REMOVE', key: 'a' });
    expect(errors.size).to.equal(0);
  });

  it('applies the changes that it read before an operator threw, and reports the error', () => {
    const { table, batchOf, store } = setUp();
    const reasons: unknown[] = [];
    const changes = function* (): Iterable<Change<number>> {
      yield { type: 'PUT', key: 'a', object: 1 };
      throw new Error('no luck');
    };
    table.apply([batchOf(changes())], (error) => reasons.push(error));
    expect(store.list()).to.deep.equal([1]);
    expect(reasons.map(String)).to.deep.equal(['Error: no luck']);
  });
});

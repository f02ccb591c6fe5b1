import { expect } from 'chai';
import { partialObjectMetadata } from '../../../../src/server/wire/partial-metadata.ts';
import { columnDefinitions } from '../../../../src/server/wire/table.ts';
import { defaultColumns, table } from '../../../../src/testing/cluster/http/table.ts';
import { cart, columns, now } from '../../../server/wire/cart.ts';

describe('table()', () => {
  it('has the metadata, all definitions and a row for each object of a list', () => {
    const result = table(columns, [cart], {
      now,
      metadata: { resourceVersion: '9', continue: 'x', remainingItemCount: 2 },
    });
    expect(result).to.deep.equal({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '9', continue: 'x', remainingItemCount: 2 },
      columnDefinitions: columnDefinitions(columns),
      rows: [{ cells: ['a', 3, true, '<unknown>', 'say "hi"\n', '60s'], object: partialObjectMetadata(cart) }],
    });
  });

  it('has the version of the object, for one object', () => {
    expect(table(columns, [cart], { now }).metadata).to.deep.equal({ resourceVersion: '7' });
    expect(table(columns, [], { now }).metadata).to.deep.equal({});
  });

  it('omits the definitions for later watch events', () => {
    expect(table(columns, [cart], { now, withColumnDefinitions: false }).columnDefinitions).to.equal(null);
  });

  it('prints missing values as null', () => {
    const [row] = table(columns, [{ metadata: {} }], { now }).rows;
    expect(row?.cells).to.deep.equal(['', null, null, '<unknown>', null, '<unknown>']);
  });

  it('has the requested version of meta.k8s.io, in its rows too', () => {
    const result = table(columns, [cart], { now, version: 'v1beta1' });
    expect(result.apiVersion).to.equal('meta.k8s.io/v1beta1');
    expect(result.rows[0]?.object).to.include({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1beta1' });
  });

  it('has the columns name and age by default', () => {
    const result = table(defaultColumns, [cart], { now });
    expect(result.rows[0]?.cells).to.deep.equal(['a', '60s']);
    expect(
      result.columnDefinitions?.map(({ name, type, format, priority }) => [name, type, format, priority]),
    ).to.deep.equal([
      ['Name', 'string', 'name', 0],
      ['Age', 'date', '', 0],
    ]);
  });
});

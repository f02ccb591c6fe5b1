import { expect } from 'chai';
import type { RowObject } from '../../../src/projections/row.ts';
import { guardedColumns } from '../../../src/server/read/guarded-columns.ts';

const row = { apiVersion: 'v1', kind: 'X', metadata: { name: 'a', uid: '', resourceVersion: '1' } } as RowObject;

describe('guardedColumns()', () => {
  for (const [value, cell] of [
    ['text', 'text'],
    [5, 5],
    [false, false],
    [null, null],
    [undefined, undefined],
    [{}, undefined],
    [[], undefined],
    [1n, undefined],
    [() => 1, undefined],
    [Symbol('x'), undefined],
    [Promise.resolve(1), undefined],
  ] as const) {
    it(`shows ${typeof value} ${value === null ? 'null' : ''} as ${String(cell)}`, () => {
      const told: unknown[] = [];
      const [column] = guardedColumns([{ name: 'A', type: 'string', value: () => value as string }], (...failure) =>
        told.push(failure),
      );
      expect(column?.value(row)).to.equal(cell);
      expect(told).to.have.length(cell === value ? 0 : 1);
    });
  }

  it('tells the first failure of each column only', () => {
    const told: string[] = [];
    const fail = (): string => {
      throw new Error('no');
    };
    const columns = guardedColumns(
      [
        { name: 'A', type: 'string', value: fail },
        { name: 'B', type: 'date', value: fail },
      ],
      (name, failed, error) => told.push(`${name} ${failed.metadata.name} ${(error as Error).message}`),
    );
    for (let i = 0; i < 3; i += 1) for (const column of columns) expect(column.value(row)).to.equal(undefined);
    expect(told).to.deep.equal(['A a no', 'B a no']);
  });
});

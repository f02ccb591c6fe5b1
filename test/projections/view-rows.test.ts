import { expect } from 'chai';
import type { RowError } from '../../src/informers/collection/errors.ts';
import { RowEncoder } from '../../src/projections/row.ts';
import { ViewRows } from '../../src/projections/view-rows.ts';
import { localSchemeOf } from '../../src/projections/view-scheme.ts';
import { fakeInformer } from '../../src/testing/informers/fake-informer.ts';
import { NOW, VIEW } from './view-rig.ts';

describe('ViewRows', () => {
  let rows: ViewRows;
  let refused: RowError[];

  beforeEach(() => {
    refused = [];
    const scheme = localSchemeOf(fakeInformer(), VIEW, NOW);
    const onRefused = (error: RowError): void => void refused.push(error);
    rows = new ViewRows({ name: 'rows', encoder: new RowEncoder(VIEW), scheme, onRefused });
  });

  const object = (name: string, n: number): object => ({ metadata: { namespace: 'a', name }, n });

  it('encodes a change without storing it', () => {
    const change = rows.project({ type: 'ADDED', key: 'a/a', object: object('a', 1) }, () => 10n);
    expect([change.before, change.after?.key, change.after?.position]).to.deep.equal([undefined, 'a/a', 10n]);
    expect(rows.size).to.equal(0);
    rows.store(change);
    expect([rows.size, rows.get('a/a')]).to.deep.equal([1, change.after]);
  });

  it('returns the same row for an equal object', () => {
    rows.store(rows.project({ type: 'ADDED', key: 'a/a', object: object('a', 1) }, () => 10n));
    const delta = { type: 'MODIFIED', key: 'a/a', object: object('a', 1), old: object('a', 1) } as const;
    const { before, after } = rows.project(delta, () => 11n);
    expect(after).to.equal(before);
  });

  it('records the error of a refused row until the row is encoded or deleted', () => {
    const bad = { metadata: { namespace: 'a', name: 'other' } };
    for (const type of ['MODIFIED', 'DELETED'] as const) {
      const change = rows.project({ type: 'ADDED', key: 'a/a', object: bad }, () => 10n);
      expect([change.after, [...rows.refused.keys()]]).to.deep.equal([undefined, ['a/a']]);
      rows.project({ type, key: 'a/a', object: object('a', 1), old: bad }, () => 11n);
      expect(rows.refused.size).to.equal(0);
    }
    expect(refused.map(({ key }) => key)).to.deep.equal(['a/a', 'a/a']);
  });

  it('removes rows and errors', () => {
    rows.store(rows.project({ type: 'ADDED', key: 'a/a', object: object('a', 1) }, () => 10n));
    rows.project({ type: 'ADDED', key: 'a/b', object: {} }, () => 10n);
    const before = rows.snapshot();
    rows.clear();
    expect([rows.size, rows.refused.size, rows.digest, before.size]).to.deep.equal([0, 0, 0, 1]);
  });
});

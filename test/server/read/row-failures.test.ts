import { expect } from 'chai';
import { inspect } from 'node:util';
import { identity } from '../../../src/projections/identity.ts';
import { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { map } from '../../../src/projections/operators/map.ts';
import type { RowObject } from '../../../src/projections/row.ts';
import { guardedColumns, logRowErrors } from '../../../src/server/read/row-failures.ts';
import { fakeClock, fakeInformer, pod } from '../../../src/testing/informers/index.ts';

const row = { apiVersion: 'v1', kind: 'X', metadata: { name: 'a', uid: '', resourceVersion: '1' } } as RowObject;

function setUp(...names: string[]) {
  const pods = fakeInformer(...names.map((name) => pod(`shop/${name}`)));
  const rows = pods.pipe(
    map((p) => {
      if (p.metadata?.name === 'reasons') throw new Error(`reason ${p.metadata.labels?.['n'] ?? 0}`);
      if (p.metadata?.name === 'unencodable') {
        const value =
          p.status?.phase === 'Failed'
            ? 1n
            : {
                toJSON: () => {
                  throw new Error('no JSON');
                },
              };
        return { metadata: identity(p), value };
      }
      if (p.status?.phase === 'Failed' && p.metadata?.name !== 'bad-1') throw new Error('it failed');
      if (p.metadata?.name?.startsWith('bad') === true) throw new Error('no such luck');
      if (p.metadata?.name === 'none') return undefined;
      if (p.metadata?.name === 'moved') return { metadata: { ...identity(p), name: 'elsewhere' } };
      return p.metadata?.name === 'bare' ? { phase: 'x' } : { metadata: identity(p) };
    }),
  );
  const view = new MaterializedView(rows, {
    group: 'example.com',
    version: 'v1',
    kind: 'Row',
    namespaced: true,
    definition: '',
  });
  const clock = fakeClock();
  const lines: string[] = [];
  const details: unknown[] = [];
  const none = (): void => undefined;
  view.start();
  const warn = (line: string, detail: unknown): void => {
    lines.push(line);
    details.push(detail);
  };
  const end = logRowErrors(view, 'rows', { debug: none, info: none, error: none, warn }, clock);
  return { pods, view, lines, details, end, clock };
}

describe('logRowErrors()', () => {
  it('names rows with errors, and the reason: the projection threw, or its result is not a row', () => {
    const { lines } = setUp('good', 'bad', 'bare');
    expect(lines[0]).to.contain('rows: ').and.to.contain('no row for shop/bad: no such luck');
    expect(lines[1]).to.contain('no row for shop/bare: a row needs metadata');
    expect(lines).to.have.length(2);
  });

  it('logs the error that the projection threw, but not the error of a check of the framework', () => {
    const { lines, details } = setUp('bad', 'bare', 'none', 'moved');
    const detailOf = (name: string): unknown => details[lines.findIndex((line) => line.includes(`for shop/${name}:`))];
    expect(lines).to.have.length(4);
    expect(detailOf('bad')).to.be.an('error').with.property('message', 'no such luck');
    for (const name of ['bare', 'none', 'moved']) expect(detailOf(name), name).to.equal(undefined);
  });

  it('names a row once, when its first error appears', () => {
    const { pods, lines } = setUp('good');
    pods.add(pod('shop/bad-1'));
    pods.modify(pod('shop/bad-1', { phase: 'Failed' }));
    pods.add(pod('shop/better'));
    expect(lines).to.have.length(1);
  });

  it('names at most 20 rows and logs that there are more', () => {
    const { lines } = setUp(...Array.from({ length: 50 }, (_, n) => `bad-${n}`));
    expect(lines).to.have.length(21);
    expect(lines.at(-1)).to.equal('rows: more rows have errors (50 now); the log names no more');
  });

  it('names a row that has never existed in the tick in which it fails', () => {
    const { pods, lines } = setUp();
    pods.add(pod('shop/bad'));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.contain('no row for shop/bad: no such luck');
  });

  it('names a row again when its reason changes, also if no row changes', () => {
    const { pods, lines } = setUp('bad');
    pods.modify(pod('shop/bad', { phase: 'Failed' }));
    pods.modify(pod('shop/bad', { phase: 'Failed', node: 'n1' }));
    expect(lines).to.have.length(2);
    expect(lines[1]).to.contain('no row for shop/bad: it failed');
  });

  it('names a row that breaks in the tick in which another one is fixed', () => {
    const { pods, lines } = setUp('bad-1', 'flaky');
    pods.replace(pod('shop/flaky', { phase: 'Failed' }));
    expect(lines).to.have.length(2);
    expect(lines[1]).to.contain('no row for shop/flaky: it failed');
  });

  it('names a row whose encoding is refused a second time for another reason', () => {
    const { pods, lines } = setUp('unencodable');
    pods.modify(pod('shop/unencodable', { phase: 'Failed' }));
    expect(lines).to.have.length(2);
    expect(lines[0]).to.contain('no row for shop/unencodable: no JSON');
    expect(lines[1]).to.contain('no row for shop/unencodable: value is a bigint');
  });

  it('names a row with at most 5 reasons, and names rows again after an hour', () => {
    const { pods, lines, clock } = setUp('reasons');
    for (let n = 1; n < 10; n += 1) pods.modify(pod('shop/reasons', { labels: { n: String(n) } }));
    expect(lines).to.have.length(5);
    clock.advance(3_600_000);
    pods.modify(pod('shop/reasons', { labels: { n: '10' } }));
    expect(lines).to.have.length(6);
  });

  it('stops logging when the returned function is called', () => {
    const { pods, lines, end } = setUp('good');
    end();
    pods.add(pod('shop/bad'));
    expect(lines).to.deep.equal([]);
  });
});

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
    it(`shows ${inspect(value)} as ${inspect(cell)}`, () => {
      const reported: unknown[] = [];
      const [column] = guardedColumns([{ name: 'A', type: 'string', value: () => value as string }], (...failure) =>
        reported.push(failure),
      );
      expect(column?.value(row)).to.equal(cell);
      expect(reported).to.have.length(cell === value ? 0 : 1);
    });
  }

  it('reports only the first failure of each column', () => {
    const reported: string[] = [];
    const fail = (): string => {
      throw new Error('no');
    };
    const columns = guardedColumns(
      [
        { name: 'A', type: 'string', value: fail },
        { name: 'B', type: 'date', value: fail },
      ],
      (name, failed, error) => reported.push(`${name} ${failed.metadata.name} ${(error as Error).message}`),
    );
    for (let i = 0; i < 3; i += 1) for (const column of columns) expect(column.value(row)).to.equal(undefined);
    expect(reported).to.deep.equal(['A a no', 'B a no']);
  });
});

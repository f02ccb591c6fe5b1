import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { viewsOf } from '../../../src/server/api-server.ts';
import { ArrangedSelections } from '../../../src/server/read/arranged-selections.ts';
import type { ServedView } from '../../../src/server/read/served-view.ts';
import { fakeClock, fakeInformer, type FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, names, podSummaries, TestServer } from '../../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;

describe('ArrangedSelections', () => {
  it('arranges a selection that is requested again within a minute, and drops it after a minute without a request', () => {
    const clock = fakeClock();
    const selections = new ArrangedSelections(clock);
    expect(selections.of('a')).to.equal(undefined);
    clock.advance(61_000);
    expect(selections.of('a')).to.equal(undefined);
    clock.advance(60_000);
    const rows = selections.of('a');
    expect(rows).to.not.equal(undefined);
    clock.advance(60_000);
    expect(selections.of('a')).to.equal(rows);
    clock.advance(60_001);
    selections.dropIdle();
    expect(selections.size).to.equal(0);
    expect(selections.of('a')).to.equal(undefined);
  });

  it('keeps a bounded number of selections, and those that were requested last', () => {
    const selections = new ArrangedSelections(fakeClock());
    for (let number = 0; number < 60; number += 1) {
      for (const _ of [1, 2]) selections.of(String(number));
      selections.of('0');
    }
    expect(selections.size).to.equal(50);
    expect(selections.of('59')).to.not.equal(undefined);
    expect(selections.of('0')).to.not.equal(undefined);
    expect(selections.of('1')).to.equal(undefined);
  });
});

describe('a list with a selector that is requested again', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let served: ServedView;
  const list = async (query: string): Promise<string[]> => names(await test.json(`${ROWS}?${query}`));

  beforeEach(async () => {
    pods = fakeInformer(
      ...Array.from({ length: 400 }, (_, at) =>
        pod(`n${at % 3}/p${at}`, { phase: at % 5 === 0 ? 'Failed' : 'Running', labels: { app: `a${at % 10}` } }),
      ),
    );
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
    const [only] = viewsOf(test.server);
    if (only === undefined) throw new Error('no resource is served');
    served = only;
  });
  afterEach(() => test.close());

  it('has the rows of the current state, in all its forms, for each selection', async () => {
    const queries = [
      'labelSelector=app%3Da5',
      'labelSelector=app%20notin%20(a5,a6)',
      'fieldSelector=status.phase%3DFailed',
      'labelSelector=app%3Da5&fieldSelector=metadata.namespace%3Dn1',
      'labelSelector=app%3Da5&limit=7',
      'labelSelector=none%3Da',
    ];
    for (const change of [
      () => undefined,
      () => pods.modify(pod('n0/p0', { labels: { app: 'a5' } })),
      () => pods.add(pod('n1/new', { phase: 'Failed', labels: { app: 'a5' } })),
      () => pods.delete('n2/p5', 'n1/p10'),
      () => pods.relist(),
    ]) {
      change();
      for (const query of queries) {
        const rows = [...served.view.snapshot().rows.range('')].filter(({ object, namespace }) => {
          const app = object.metadata.labels?.['app'];
          if (query.includes('none')) return false;
          if (query.includes('notin')) return app !== 'a5' && app !== 'a6';
          if (query.includes('phase')) return (object['status'] as { phase: string }).phase === 'Failed';
          return app === 'a5' && (!query.includes('n1') || namespace === 'n1');
        });
        const expected = rows.map(({ name }) => name).slice(0, query.includes('limit') ? 7 : undefined);
        for (const _ of [1, 2, 3]) expect(await list(query), query).to.deep.equal(expected);
        const table = await test.json(`${ROWS}?${query}`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
        expect(table['rows'].map(({ cells: [name] }: { cells: string[] }) => name)).to.deep.equal(expected);
      }
    }
    // The limit is no part of a selection.
    expect(served.arranged.size).to.equal(queries.length - 1);
  });

  it('reads an earlier state from that state', async () => {
    const query = 'labelSelector=app%3Da5';
    const before = await list(query);
    await list(query);
    const { resourceVersion } = (await test.json(ROWS))['metadata'];
    pods.modify(pod('n0/p0', { labels: { app: 'a5' } }));
    expect(await list(query)).to.have.length(before.length + 1);
    const exact = `${query}&resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
    expect(await list(exact)).to.deep.equal(before);
    expect(await list(query)).to.have.length(before.length + 1);
  });

  it('leaves nothing when no client has requested it for a minute and rows change, or when the view is not ready', async () => {
    const query = 'labelSelector=app%3Da5';
    for (const end of [
      () => {
        test.clock.advance(61_000);
        pods.modify(pod('n0/p0', { phase: 'Unknown' }));
      },
      () => pods.gone(),
    ]) {
      for (const _ of [1, 2]) await list(query);
      expect([served.arranged.size, served.budget.bytes > 0]).to.deep.equal([1, true]);
      end();
      expect([served.arranged.size, served.budget.bytes]).to.deep.equal([0, 0]);
    }
  });
});

/** Sources with every kind of versions: listed, watched, resumed after a cut, listed again. */
import { expect } from 'chai';
import { SharedInformer } from '../../src/informers/shared-informer.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { identity } from '../../src/projections/identity.ts';
import { MaterializedView } from '../../src/projections/materialized-view.ts';
import { map } from '../../src/projections/operators/map.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';
import { pod } from '../../src/testing/informers/objects.ts';
import { TranslatedListWatch } from './translated-versions.ts';

interface Kind {
  readonly kind: string;
  /** The version of a revision of the fake upstream. The revisions begin at 101. */
  readonly version: (revision: bigint) => string;
  readonly scheme: 'upstream' | 'local';
  /** Whether an older state is recognized. */
  readonly isOrdered: boolean;
}

const from = (base: bigint) => (revision: bigint) => String(base + revision);
const KINDS: readonly Kind[] = [
  { kind: 'small numbers', version: String, scheme: 'upstream', isOrdered: true },
  { kind: 'milliseconds', version: from(1_764_512_345_678n), scheme: 'upstream', isOrdered: true },
  { kind: 'microseconds, above 2^43', version: from(1_764_512_345_678_901n), scheme: 'local', isOrdered: true },
  { kind: 'timestamps of TiKV', version: from(461_168_601_842_738_790n), scheme: 'local', isOrdered: true },
  { kind: 'neighbours above 2^53', version: from(2n ** 53n), scheme: 'local', isOrdered: true },
  { kind: 'numbers above 2^63', version: from(2n ** 63n), scheme: 'local', isOrdered: true },
  { kind: 'numbers that get another digit', version: from(10n ** 20n - 104n), scheme: 'local', isOrdered: true },
  { kind: 'text', version: (revision) => `v-${revision}`, scheme: 'local', isOrdered: false },
  {
    kind: 'hashes',
    version: (revision) => ((revision * 2_654_435_761n) % 2n ** 32n).toString(16) + 'x',
    scheme: 'local',
    isOrdered: false,
  },
  { kind: 'numbers with leading zeros', version: (revision) => `00${revision}`, scheme: 'local', isOrdered: false },
  { kind: 'negative numbers', version: (revision) => `-${1000n - revision}`, scheme: 'local', isOrdered: false },
];

for (const { kind, version, scheme, isOrdered } of KINDS) {
  describe(`SharedInformer of a source whose versions are ${kind} (${version(101n)})`, () => {
    let upstream: FakeListWatch<V1Pod>;
    let clock: FakeClock;
    let informer: SharedInformer<V1Pod>;
    let view: MaterializedView;

    beforeEach(() => {
      upstream = new FakeListWatch<V1Pod>([pod('a/a')], { name: 'pods' });
      clock = new FakeClock();
      const listWatches = [new TranslatedListWatch(upstream, version)];
      informer = new SharedInformer<V1Pod>({ name: 'pods', listWatches, clock, random: () => 0 });
      const rows = informer.pipe(map((one) => ({ metadata: identity(one), node: one.spec?.nodeName })));
      view = new MaterializedView(rows, {
        group: 'example.com',
        version: 'v1',
        kind: 'Row',
        namespaced: true,
        definition: '',
        clock,
        random: () => 0.5,
      });
      view.start();
    });
    afterEach(async () => {
      view.stop();
      await clock.run(0);
      expect([upstream.openWatches, clock.waiting]).to.deep.equal([0, 0]);
    });

    const rows = (): string[] => Array.from(view.snapshot().rows.range(''), ({ key }) => key);

    for (const watchList of ['served', 'refused'] as const) {
      it(`is listed and watched if a WatchList is ${watchList}, without a failure`, async () => {
        upstream.watchList = watchList;
        await clock.run(0);
        expect([view.ready, view.trouble, view.scheme]).to.deep.equal([true, undefined, scheme]);
        expect([rows(), informer.frontier]).to.deep.equal([['a/a'], version(101n)]);
        const watch = view.watchFrom(view.position);
        upstream.put(pod('a/b'));
        upstream.put(pod('a/a', { node: 'n1' }));
        upstream.delete('a/b');
        await clock.run(0);
        const events = [watch.next(), watch.next(), watch.next()].map((event) => event?.type);
        expect(events).to.deep.equal(['ADDED', 'MODIFIED', 'DELETED']);
        expect([rows(), informer.frontier]).to.deep.equal([['a/a'], version(104n)]);
        upstream.bookmark(130);
        await clock.run(0);
        expect(informer.frontier).to.equal(version(130n));
        expect(informer.metrics).to.deep.include({ relists: 0, droppedEvents: 0 });
        if (watchList === 'served') expect(informer.metrics.errors).to.deep.equal({});
      });
    }

    it('resumes after a cut from its last version, without a list', async () => {
      await clock.run(0);
      const watch = view.watchFrom(view.position);
      upstream.put(pod('a/b'));
      await clock.run(0);
      upstream.breakWatches();
      upstream.put(pod('a/c'));
      upstream.delete('a/a');
      await clock.run(60_000);
      expect(rows()).to.deep.equal(['a/b', 'a/c']);
      expect([watch.ended, informer.metrics.relists, informer.frontier]).to.deep.equal([undefined, 0, version(104n)]);
    });

    it('lists again after its version has expired', async () => {
      await clock.run(0);
      const before = view.position;
      upstream.breakWatches();
      upstream.put(pod('a/b'), pod('a/c'));
      upstream.expire();
      await clock.run(60_000);
      expect([rows(), informer.metrics.relists]).to.deep.equal([['a/a', 'a/b', 'a/c'], 1]);
      expect(view.position > before).to.equal(true);
    });

    it(
      isOrdered ? 'rejects an older state' : 'accepts any other state, because its versions have no order',
      async () => {
        await clock.run(0);
        upstream.put(pod('a/b'));
        await clock.run(0);
        upstream.staleAt = 101;
        upstream.breakWatches();
        upstream.expire();
        await clock.run(20_000);
        if (isOrdered) expect(informer.frontier).to.equal(version(102n));
        upstream.behave();
        await clock.run(60_000);
        upstream.put(pod('a/c'));
        await clock.run(60_000);
        expect(rows()).to.deep.equal(['a/a', 'a/b', 'a/c']);
        expect(view.trouble).to.equal(undefined);
      },
    );

    it('starts again after its last subscriber has left', async () => {
      await clock.run(0);
      view.stop();
      await clock.run(0);
      upstream.put(pod('a/b'));
      view.start();
      await clock.run(0);
      expect([view.ready, rows()]).to.deep.equal([true, ['a/a', 'a/b']]);
    });
  });
}

describe('SharedInformer of a source with numbers as versions', () => {
  it('lists again when a watch sends a version that is no number', async () => {
    const upstream = new FakeListWatch<V1Pod>([pod('a/a')], { name: 'pods' });
    const clock = new FakeClock();
    const informer = new SharedInformer<V1Pod>({ name: 'pods', listWatches: [upstream], clock, random: () => 0 });
    const subscription = informer.deltas$.subscribe();
    for (const type of ['BOOKMARK', 'MODIFIED'] as const) {
      await clock.run(10_000);
      upstream.send({ type, object: pod('a/a', { resourceVersion: 'abc' }) });
      await clock.run(0);
      if (type === 'BOOKMARK') {
        expect(informer.sources()[0]?.message).to.contain('a resourceVersion that does not compare: "abc"');
      }
      await clock.run(60_000);
      expect([informer.frontier, informer.sources()[0]?.message]).to.deep.equal(['101', undefined]);
    }
    expect(informer.metrics).to.deep.include({ relists: 2, errors: { DecodeError: 2 } });
    subscription.unsubscribe();
    await clock.run(0);
  });
});

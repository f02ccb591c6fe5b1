/** The start of a watch: conformance 2.1, row by row. */
import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { type FakeInformer, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { localRows } from '../../server/read/local-rows.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { AWB, lines, next, NO_SIE, ROWS, SIE, eventText, versionOf, WatchRig } from './watch-rig.ts';

describe('how a watch starts', () => {
  let rig: WatchRig;
  /** The version before the history. */
  let before: string;

  beforeEach(async () => {
    rig = await WatchRig.of(...objects);
    before = await rig.version();
    writeHistory(rig.pods);
  });

  afterEach(() => rig.close());

  const objects = [pod('shop/a', { phase: 'Running' }), pod('shop/b', { phase: 'Pending' })];
  const writeHistory = (pods: FakeInformer<V1Pod>): void => {
    pods.add(pod('shop/c', { phase: 'Pending' }));
    pods.modify(pod('shop/b', { phase: 'Running' }));
    pods.delete('shop/a');
  };
  const state = ['ADDED b Running', 'ADDED c Pending'];
  const history = ['ADDED c Pending', 'MODIFIED b Running', 'DELETED a Running'];

  for (const [title, query, expected] of [
    ['2.1 RV unset and SIE unset send synthetic ADDED events of the current state, then changes', '', state],
    ['2.1 RV unset and SIE true send synthetic ADDED events of the current state, then changes', SIE, state],
    [
      '2.1 RV 0 and SIE unset send synthetic ADDED events of the available state, then changes',
      'resourceVersion=0',
      state,
    ],
    [
      '2.1 RV 0 and SIE true send synthetic ADDED events of the available state, then changes',
      `resourceVersion=0&${SIE}`,
      state,
    ],
    [
      '2.1 RV N and SIE true send the current state instead of the history since N, then changes',
      `resourceVersion={N}&${SIE}`,
      state,
    ],
    ['2.1 RV unset and SIE false send changes from now on', NO_SIE, []],
    ['2.1 RV 0 and SIE false send changes from now on', `resourceVersion=0&${NO_SIE}`, []],
    ['2.1 RV N and SIE unset send all changes after N, then new changes', 'resourceVersion={N}', history],
    ['2.1 RV N and SIE false send all changes after N, then new changes', `resourceVersion={N}&${NO_SIE}`, history],
  ] as const) {
    it(title, async () => {
      const stream = await rig.opened(query.replace('{N}', before));
      expect(await next(stream, expected.length)).to.deep.equal(expected);
      rig.pods.add(pod('zoo/z'));
      expect(eventText(await stream.next())).to.equal('ADDED z Pending');
      expect(stream.status).to.equal(200);
    });
  }

  it('2.1 RV N above the current version, with SIE unset or false, starts without an error or a wait, and sends only events above N', async () => {
    const faster = await WatchRig.of(...objects);
    writeHistory(faster.pods);
    for (const name of ['x', 'y']) faster.pods.add(pod(`zoo/${name}`));
    const future = await faster.version();
    await faster.close();
    const streams = [
      await rig.opened(`resourceVersion=${future}`),
      await rig.opened(`resourceVersion=${future}&${NO_SIE}&${AWB}`),
    ];
    for (const name of ['x', 'y', 'z']) rig.pods.add(pod(`zoo/${name}`));
    for (const stream of streams) {
      expect(stream.status).to.equal(200);
      expect(eventText(await stream.next())).to.equal('ADDED z Pending');
    }
  });

  it('2.1 RV N below the log, with SIE unset or false, returns 200 with one ERROR 410, and ends', async () => {
    const small = await WatchRig.over(fakeInformer(pod('shop/a')), { definition: { log: { entries: 2 } } });
    const old = await small.version();
    for (const name of ['x', 'y', 'z']) small.pods.add(pod(`zoo/${name}`));
    for (const query of [
      `resourceVersion=${old}`,
      `resourceVersion=${old}&${NO_SIE}`,
      `resourceVersion=${old}&${AWB}`,
    ]) {
      const stream = small.open(query);
      expect(await next(stream, 2)).to.deep.equal(['ERROR 410', 'end']);
      expect(stream.status).to.equal(200);
    }
    // Initial events have the current state, so the age of N does not matter.
    expect(await next(small.open(`resourceVersion=${old}&${SIE}`), 4)).to.have.length(4);
    await small.close();
  });

  it('2.1 defaulting makes a legacy watch with bookmarks a WatchList at RV unset or 0, but not at RV N', async () => {
    for (const query of [AWB, `resourceVersion=0&${AWB}`]) {
      expect(await next(await rig.opened(query), 3)).to.deep.equal([...state, 'END']);
    }
    const stream = await rig.opened(`resourceVersion=${await rig.version()}&${AWB}`);
    rig.pods.add(pod('zoo/z'));
    expect(await next(stream, 1)).to.deep.equal(['ADDED z Pending']);
  });

  it('2.1 defaulting does not apply to /watch/ paths at any RV', async () => {
    for (const query of [AWB, `resourceVersion=0&${AWB}`]) {
      const stream = await rig.opened(query, { path: `${BASE}/watch/podsummaries` });
      expect(await next(stream, 2)).to.deep.equal(state);
      rig.pods.add(pod('zoo/z'));
      expect(await next(stream, 1), 'no end bookmark').to.deep.equal(['ADDED z Pending']);
      rig.pods.delete('zoo/z');
    }
  });

  it('2.1.1 the version before the oldest event is accepted, and the version before that is not', async () => {
    const small = await WatchRig.over(fakeInformer(pod('shop/a')), { definition: { log: { entries: 2 } } });
    const versions: string[] = [];
    for (const name of ['w', 'x', 'y', 'z']) {
      small.pods.add(pod(`zoo/${name}`));
      versions.push(await small.version());
    }
    expect(await next(small.open(`resourceVersion=${versions[1]}`), 2)).to.deep.equal([
      'ADDED y Pending',
      'ADDED z Pending',
    ]);
    const [error] = await lines(small.open(`resourceVersion=${versions[0]}`), 1);
    expect(error?.object).to.include({
      message: `too old resource version: ${versions[0]} (${versions[1]})`,
    });
    await small.close();
  });

  it('2.1.1 versions of a resource without changes never expire', async () => {
    const now = await rig.version();
    await rig.pass(365 * 86_400_000);
    const idle = await rig.opened(`resourceVersion=${now}`);
    rig.pods.add(pod('zoo/z'));
    expect(await next(idle, 1)).to.deep.equal(['ADDED z Pending']);
    expect(await next(rig.open(`resourceVersion=${now}`), 1)).to.deep.equal(['ADDED z Pending']);
  });

  it('2.1.2 synthetic events are sorted by key and have the versions of their rows, and later events have versions above the state', async () => {
    rig.pods.add(pod('a-b/m'), pod('bank/m'));
    rig.pods.modify(pod('shop/b', { phase: 'Failed' }));
    rig.pods.modify(pod('bank/m', { phase: 'Failed' }));
    const snapshot = BigInt(await rig.version());
    const initial = await lines(rig.open(''), 4);
    expect(initial.map(eventText)).to.deep.equal([
      'ADDED m Pending',
      'ADDED m Failed',
      'ADDED b Failed',
      'ADDED c Pending',
    ]);
    const [first = 0n, second = 0n, third = 0n, fourth = 0n] = initial.map((line) => BigInt(versionOf(line)));
    expect([first < second, second > third, third > fourth], 'versions of initial events are not sorted').to.deep.equal(
      [true, true, true],
    );
    expect(second).to.equal(snapshot);
    const { items } = await rig.test.json(ROWS);
    expect(initial.map(versionOf)).to.deep.equal(items.map((item: any) => item.metadata.resourceVersion));
    const stream = rig.open('');
    await lines(stream, 4);
    rig.pods.modify(pod('shop/c', { phase: 'Failed' }));
    expect(BigInt(versionOf(await stream.next())) > snapshot).to.equal(true);
  });

  it('2.1.3 a version of another process is either known exactly or expired, and never causes a silent wait', async () => {
    const others = [0.1, 0.9].map((random) =>
      TestServer.listening({ resources: [podSummaries(rig.pods), localRows(rig.pods)], random: () => random }),
    );
    const [one, two] = (await Promise.all(others)) as [TestServer, TestServer];
    two.clock.advance(1000);
    for (const [of, at] of [
      [one, two],
      [two, one],
    ] as const) {
      const versionAt = async (path: string): Promise<string> => (await of.json(path))['metadata'].resourceVersion;
      const own = `${BASE}/allpods`;
      const foreign = at.http2.watch(`${own}?watch=1&resourceVersion=${await versionAt(own)}`);
      expect(await next(foreign, 2), 'a view of scheme local').to.deep.equal(['ERROR 410', 'end']);
      const shared = at.http2.watch(`${ROWS}?watch=1&resourceVersion=${await versionAt(ROWS)}`);
      await until(() => at.server.counts().watchers > 0);
      rig.pods.modify(pod('shop/b', { phase: of === one ? 'Failed' : 'Pending' }));
      expect(await next(shared, 1), 'a view of scheme upstream').to.have.length(1);
    }
    await one.close();
    await two.close();
  });
});

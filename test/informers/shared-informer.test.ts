import { expect } from 'chai';
import { NotConnectedError } from '../../src/informers/collection/errors.ts';
import { SharedInformer, type SharedInformerOptions } from '../../src/informers/shared-informer.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';
import { MaterializedView } from '../../src/projections/materialized-view.ts';
import { pod } from '../../src/testing/informers/objects.ts';
import { track } from '../../src/testing/informers/tracker.ts';

interface Rig {
  readonly upstreams: FakeListWatch<V1Pod>[];
  readonly clock: FakeClock;
  readonly informer: SharedInformer<V1Pod>;
}

function rig(parts: readonly V1Pod[][], options: Partial<SharedInformerOptions<V1Pod>> = {}): Rig {
  const clock = new FakeClock();
  const upstreams = parts.map((objects, index) => new FakeListWatch<V1Pod>(objects, { name: `pods ${index}` }));
  const informer = new SharedInformer<V1Pod>({
    name: 'pods',
    listWatches: upstreams,
    clock,
    random: () => 0,
    ...options,
  });
  return { upstreams, clock, informer };
}

const node = (object: V1Pod): string | undefined => object.spec?.nodeName;

describe('SharedInformer', () => {
  it('reads nothing before its first subscriber, reads once for several, and stops with the last', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a')]]);
    const [upstream] = upstreams as [FakeListWatch<V1Pod>];
    await clock.run(10_000);
    expect(upstream.requests).to.have.length(0);
    expect(informer.running).to.equal(false);
    expect(() => informer.list()).to.throw(NotConnectedError);

    const first = track(informer);
    const second = track(informer);
    await clock.run(0);
    expect(upstream.requests).to.have.length(1);
    first.expect('ADDED a/a');
    second.expect('ADDED a/a');
    first.stop();
    await clock.run(0);
    expect(upstream.openWatches).to.equal(1);
    second.stop();
    await clock.run(0);
    expect(upstream.openWatches).to.equal(0);
    expect(clock.waiting).to.equal(0);
    expect(informer.hasSynced).to.equal(false);
    expect(() => informer.get('a/a')).to.throw(NotConnectedError);
  });

  it('reads again for a new subscriber, and accepts no older state', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a')]]);
    const [upstream] = upstreams as [FakeListWatch<V1Pod>];
    track(informer).stop();
    const first = track(informer);
    await clock.run(0);
    first.stop();
    upstream.put(pod('a/b'));
    const second = track(informer);
    await clock.run(0);
    second.expect('ADDED a/a', 'ADDED a/b');
    expect(upstream.requests.at(-1)).to.include({ resourceVersion: '101' });
    expect(informer.metrics.watchLists).to.equal(2);
    second.stop();
  });

  it('delivers a snapshot to a late subscriber, and then the same batches as to the others', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a')]]);
    const early = track(informer);
    await clock.run(0);
    upstreams[0]?.put(pod('a/b'));
    await clock.run(0);
    const late = track(informer);
    late.expect('ADDED a/a', 'ADDED a/b');
    upstreams[0]?.put(pod('a/b', { node: 'n1' }));
    await clock.run(0);
    early.expect('ADDED a/a', 'ADDED a/b', 'MODIFIED a/b');
    late.expect('MODIFIED a/b');
    early.stop();
    late.stop();
  });

  it('advances its frontier with lists, events and bookmarks', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a')]]);
    const [upstream] = upstreams as [FakeListWatch<V1Pod>];
    const events = track(informer);
    expect(informer.frontier).to.equal(undefined);
    await clock.run(0);
    expect(informer.frontier).to.equal('101');
    upstream.put(pod('a/b'));
    await clock.run(0);
    expect(informer.frontier).to.equal('102');
    upstream.bookmark(140);
    await clock.run(0);
    expect(informer.frontier).to.equal('140');
    expect(informer.stampOf('a/b')).to.include({ version: '102', kind: 'Pod', apiVersion: 'v1' });
    events.stop();
  });

  it('delivers a relist as one batch with the difference', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a'), pod('a/b'), pod('a/c')]]);
    const [upstream] = upstreams as [FakeListWatch<V1Pod>];
    const events = track(informer, node);
    await clock.run(0);
    upstream.dropEvents(3);
    upstream.delete('a/a');
    upstream.put(pod('a/b', { node: 'n1' }), pod('a/d'));
    upstream.send({ type: 'ERROR', object: { code: 410 } });
    await clock.run(800);
    events.expect('ADDED a/a', 'ADDED a/b', 'ADDED a/c', 'DELETED a/a', 'MODIFIED a/b n1', 'ADDED a/d');
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'RELIST']);
    events.stop();
  });

  it('keeps its objects while upstream is lost, and reports the loss', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a')]]);
    const [upstream] = upstreams as [FakeListWatch<V1Pod>];
    const events = track(informer);
    await clock.run(5_000);
    const heard = informer.sources()[0]?.lastActivity;
    for (const verb of ['list', 'watch'] as const) upstream.fail(verb, new Error('can not be reached'), 1_000);
    upstream.breakWatches();
    await clock.run(600_000);
    expect(informer.list()).to.have.length(1);
    expect(informer.sources()).to.deep.equal([
      {
        name: 'pods',
        hasSynced: true,
        ready: true,
        message: 'can not be reached',
        cause: 'Error',
        failingSince: heard === undefined ? undefined : heard + 5_000,
        failures: Object.values(informer.metrics.errors).reduce((sum, count) => sum + count),
        hasHeartbeat: true,
        needsAction: false,
        lastActivity: heard,
        unsyncedSince: undefined,
        optional: undefined,
      },
    ]);
    events.stop();
  });

  it('is unsynced and not ready until the first state, and reports since when', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a')]]);
    for (const verb of ['list', 'watch'] as const) upstreams[0]?.fail(verb, { code: 403, message: 'forbidden' });
    const start = clock.now();
    expect(informer.sources()[0]?.message).to.match(/it has no subscribers/);
    const events = track(informer);
    await clock.run(100);
    expect(informer.sources()[0]).to.include({ hasSynced: false, ready: false, unsyncedSince: start });
    expect(informer.sources()[0]?.message).to.equal('not allowed: forbidden');
    await clock.run(800);
    expect(informer.sources()[0]).to.include({
      hasSynced: true,
      ready: true,
      unsyncedSince: undefined,
      message: undefined,
    });
    events.stop();
  });

  it('counts as a source without versions if it is polled and was never watched, so that views are local', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a')]]);
    const [upstream] = upstreams as [FakeListWatch<V1Pod>];
    const view = new MaterializedView(informer, {
      group: 'example.com',
      version: 'v1',
      kind: 'Row',
      namespaced: true,
      definition: '',
      clock,
    });
    upstream.fail('watch', { code: 403, message: 'no watch' }, 1000);
    view.start();
    await clock.run(1000);
    expect([view.scheme, informer.frontier]).to.deep.equal(['upstream', '101']);
    await clock.run(60_000);
    expect([view.scheme, informer.frontier]).to.deep.equal(['local', undefined]);
    const watch = view.watchFrom(view.position);
    upstream.put(pod('a/b'), pod('a/c'));
    await clock.run(30_000);
    expect(view.size).to.equal(3);
    expect(watch.ended, 'a poll ends no watch').to.equal(undefined);
    view.stop();
  });

  it('keeps its versions if it is polled after it was watched', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a')]]);
    const [upstream] = upstreams as [FakeListWatch<V1Pod>];
    const events = track(informer);
    await clock.run(5_000);
    upstream.fail('watch', { code: 500 }, 1000);
    upstream.breakWatches();
    upstream.put(pod('a/b'), pod('a/c'));
    await clock.run(120_000);
    expect(informer.sources()[0]?.message).to.match(/^polled every 30 s/);
    expect(informer.frontier).to.equal('103');
    expect(events.takeCauses()).to.include('RELIST');
    events.stop();
  });

  it('starts again at a lower version when upstream was restored, and knows that a client is ahead', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a')]]);
    const [upstream] = upstreams as [FakeListWatch<V1Pod>];
    const events = track(informer);
    upstream.put(pod('a/b'));
    await clock.run(5_000);
    expect(await Promise.all([informer.hasReached('102'), clock.run(1000)])).to.include(true);
    expect(await Promise.all([informer.hasReached('103'), clock.run(1000)])).to.include(false);
    upstream.staleAt = 101;
    upstream.breakWatches();
    await clock.run(130_000);
    expect(informer.metrics.restores).to.be.greaterThan(0);
    events.stop();
  });

  it('removes its objects a minute after the resource is gone, and syncs again when it returns', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a')]]);
    const [upstream] = upstreams as [FakeListWatch<V1Pod>];
    const events = track(informer);
    await clock.run(5_000);
    upstream.exists = false;
    upstream.endWatches();
    await clock.run(50_000);
    events.expect('ADDED a/a');
    await clock.run(50_000);
    events.expect('DELETED a/a');
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT', 'GONE']);
    expect(informer.hasSynced).to.equal(false);
    expect(informer.sources()[0]).to.include({ ready: true });
    expect(informer.sources()[0]?.unsyncedSince).to.be.a('number');
    upstream.exists = true;
    await clock.run(30_000);
    events.expect('ADDED a/a');
    expect(informer.hasSynced).to.equal(true);
    events.stop();
  });

  it('removes an object for which the transform fails, with its last content', async () => {
    const { upstreams, clock, informer } = rig([[pod('a/a', { node: 'n1' })]], {
      transform: (object) => {
        if (node(object) === 'bad') throw new Error('bad');
        return object;
      },
    });
    const events = track(informer, node);
    await clock.run(0);
    upstreams[0]?.put(pod('a/a', { node: 'bad' }));
    await clock.run(0);
    events.expect('ADDED a/a n1', 'DELETED a/a n1');
    expect(informer.frontier).to.equal('102');
    upstreams[0]?.put(pod('a/a', { node: 'n2' }));
    await clock.run(0);
    events.expect('ADDED a/a n2');
    events.stop();
  });

  it('has a lineage only if its versions are unique and come from one part', () => {
    expect(rig([[]]).informer.lineage).to.not.equal(undefined);
    expect(rig([[]], { versions: 'repeated' }).informer.lineage).to.equal(undefined);
    expect(rig([[]], { versions: 'none' }).informer.lineage).to.equal(undefined);
    expect(rig([[], []]).informer.lineage).to.equal(undefined);
  });

  it('stops forever at its signal, and keeps its objects', async () => {
    const controller = new AbortController();
    const { upstreams, clock, informer } = rig([[pod('a/a')]], { signal: controller.signal });
    const events = track(informer);
    await clock.run(0);
    controller.abort();
    await clock.run(0);
    expect(upstreams[0]?.openWatches).to.equal(0);
    expect(clock.waiting).to.equal(0);
    expect(informer.list()).to.have.length(1);
    events.stop();
    const later = track(informer);
    await clock.run(0);
    expect(upstreams[0]?.requests).to.have.length(1);
    later.stop();
  });

  describe('of several namespaces', () => {
    it('syncs when all have been read, including the events in between', async () => {
      const { upstreams, clock, informer } = rig([[pod('a/a')], [pod('b/b')]]);
      const [first, second] = upstreams as [FakeListWatch<V1Pod>, FakeListWatch<V1Pod>];
      for (const verb of ['list', 'list', 'watch'] as const) second.fail(verb, { code: 503, message: 'not now' });
      const events = track(informer);
      await clock.run(100);
      first.put(pod('a/x'));
      first.delete('a/a');
      await clock.run(100);
      expect(informer.hasSynced).to.equal(false);
      expect(informer.sources()[0]?.message).to.equal('pods 1: not now');
      events.expect();
      await clock.run(800);
      events.expect('ADDED a/x', 'ADDED b/b');
      expect(informer.hasSynced).to.equal(true);
      expect(events.takeCauses()).to.deep.equal(['SNAPSHOT']);
      first.put(pod('a/x', { node: 'n1' }));
      second.delete('b/b');
      await clock.run(0);
      events.expect('MODIFIED a/x', 'DELETED b/b');
      expect(informer.frontier).to.equal(undefined);
      events.stop();
    });

    it('changes only the objects of the namespace that is listed again', async () => {
      const { upstreams, clock, informer } = rig([[pod('a/a')], [pod('b/b')]]);
      const [first, second] = upstreams as [FakeListWatch<V1Pod>, FakeListWatch<V1Pod>];
      const events = track(informer);
      await clock.run(5_000);
      second.put(pod('b/c'));
      first.dropEvents(2);
      first.put(pod('a/c'));
      first.delete('a/a');
      await clock.run(0);
      first.send({ type: 'ERROR', object: { code: 410 } });
      await clock.run(800);
      events.expect('ADDED a/a', 'ADDED b/b', 'ADDED b/c', 'DELETED a/a', 'ADDED a/c');
      events.stop();
    });

    it('removes all objects when the resource is gone, and waits until all namespaces return', async () => {
      const { upstreams, clock, informer } = rig([[pod('a/a')], [pod('b/b')]]);
      const [first, second] = upstreams as [FakeListWatch<V1Pod>, FakeListWatch<V1Pod>];
      const events = track(informer);
      await clock.run(5_000);
      first.exists = false;
      first.endWatches();
      await clock.run(100_000);
      events.expect('ADDED a/a', 'ADDED b/b', 'DELETED a/a', 'DELETED b/b');
      second.put(pod('b/c'));
      await clock.run(0);
      events.expect();
      first.exists = true;
      await clock.run(30_000);
      events.expect('ADDED a/a', 'ADDED b/b', 'ADDED b/c');
      events.stop();
    });
  });
});

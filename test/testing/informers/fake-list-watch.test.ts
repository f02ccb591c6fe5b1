import { expect } from 'chai';
import { keyOf } from '../../../src/key.ts';
import type { WatchEvent, WatchOptions } from '../../../src/informers/list-watch.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { settled } from '../../../src/testing/informers/fake-clock.ts';
import { type FakeListWatch, fakeListWatch } from '../../../src/testing/informers/fake-list-watch.ts';
import { pod } from '../../../src/testing/informers/objects.ts';

const never = new AbortController().signal;

/** Reads a watch in the background: its frames so far, and how it ended. */
async function watched(
  upstream: FakeListWatch<V1Pod>,
  options: WatchOptions,
): Promise<{ frames: string[]; end: () => unknown }> {
  const frames: string[] = [];
  let end: unknown;
  const describe = (frame: WatchEvent<V1Pod>): string => {
    if (frame.type === 'ERROR') return `ERROR ${frame.object.code}`;
    if (frame.type === 'BOOKMARK') return `BOOKMARK ${frame.object.metadata?.resourceVersion}`;
    return `${frame.type} ${keyOf(frame.object)} ${frame.object.metadata?.resourceVersion}`;
  };
  const read = async (): Promise<void> => {
    try {
      for await (const frame of await upstream.watch(options, never)) frames.push(describe(frame));
      end = 'clean';
    } catch (error) {
      end = error;
    }
  };
  void read();
  await settled();
  return { frames, end: () => end };
}

describe('FakeListWatch', () => {
  it('lists in pages of one snapshot, in order of keys', async () => {
    const upstream = fakeListWatch(pod('a/c'), pod('a/a'), pod('a/b'));
    const first = await upstream.list({ limit: 2 }, never);
    upstream.delete('a/c');
    const second = await upstream.list({ limit: 2, continue: first.continue }, never);
    expect([...first.items, ...second.items].map(keyOf)).to.deep.equal(['a/a', 'a/b', 'a/c']);
    expect([first.resourceVersion, second.resourceVersion, second.continue]).to.deep.equal(['103', '103', undefined]);
    expect(first.kind).to.equal('PodList');
  });

  it('watches from a revision, or from the initial events', async () => {
    const upstream = fakeListWatch(pod('a/a'));
    upstream.put(pod('a/b'));
    const from = await watched(upstream, { resourceVersion: '101' });
    const initial = await watched(upstream, { sendInitialEvents: true });
    upstream.put(pod('a/a'));
    upstream.delete('a/a', 'a/b');
    upstream.bookmark();
    await settled();
    const later = ['MODIFIED a/a 103', 'DELETED a/a 104', 'DELETED a/b 104', 'BOOKMARK 104'];
    expect(from.frames).to.deep.equal(['ADDED a/b 102', ...later]);
    expect(initial.frames).to.deep.equal(['ADDED a/a 101', 'ADDED a/b 102', 'BOOKMARK 102', ...later]);
    upstream.endWatches();
    await settled();
    expect(from.end()).to.equal('clean');
    expect(upstream.openWatches).to.equal(0);
  });

  it('produces the requested faults', async () => {
    const upstream = fakeListWatch(pod('a/a'));
    const early = await watched(upstream, { resourceVersion: '101' });
    upstream.dropEvents();
    upstream.put(pod('a/b'), pod('a/c'));
    upstream.goSilent();
    upstream.put(pod('a/d'));
    await settled();
    expect(early.frames).to.deep.equal(['ADDED a/c 103']);
    upstream.wake();
    upstream.cutAfter(1);
    upstream.delete('a/a', 'a/b');
    await settled();
    expect(early.frames).to.deep.equal(['ADDED a/c 103', 'ADDED a/d 104', 'DELETED a/a 105']);
    expect(early.end()).to.have.property('name', 'ConnectionError');
    upstream.expire();
    const expired = await watched(upstream, { resourceVersion: '104' });
    expect(expired.frames).to.deep.equal(['ERROR 410']);
    expect(expired.end()).to.equal('clean');
    upstream.fail('list', { code: 503 }, 2);
    for (const code of [503, 503, undefined]) {
      const failure: unknown = await upstream.list({}, never).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect((failure as { code?: number } | undefined)?.code).to.equal(code);
    }
  });

  it('ends all faults in behave()', async () => {
    const upstream = fakeListWatch(pod('a/a'));
    Object.assign(upstream, { watchList: 'refused', watchable: false, exists: false, versioned: false, staleAt: 1 });
    upstream.fail('list', { code: 500 });
    upstream.behave();
    expect((await upstream.list({}, never)).resourceVersion).to.equal('101');
    expect((await watched(upstream, { sendInitialEvents: true })).frames).to.have.length(2);
  });
});

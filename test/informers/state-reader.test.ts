import { expect } from 'chai';
import { StaleListError } from '../../src/informers/errors.ts';
import type { WatchOptions } from '../../src/informers/list-watch.ts';
import { SinkWriter } from '../../src/informers/reflector-sink.ts';
import { ReflectorStatus } from '../../src/informers/reflector-status.ts';
import { RestoreDetector } from '../../src/informers/restore-detector.ts';
import { StateReader } from '../../src/informers/state-reader.ts';
import { WatchConnection } from '../../src/informers/watch-connection.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';
import { pod } from '../../src/testing/informers/objects.ts';
import { RecordingSink } from './reflector-rig.ts';

describe('StateReader', () => {
  let clock: FakeClock;
  let upstream: FakeListWatch<V1Pod>;
  let sink: RecordingSink;
  let reader: StateReader<V1Pod>;
  let ended: AbortController;

  beforeEach(() => {
    clock = new FakeClock();
    upstream = new FakeListWatch<V1Pod>([pod('a/a')], { name: 'pods' });
    sink = new RecordingSink();
    ended = new AbortController();
    const status = new ReflectorStatus(clock);
    const writer = new SinkWriter<V1Pod>({ name: 'pods', sink, status });
    const ignore = (): void => undefined;
    const callbacks = { onSuspected: ignore, onRestored: ignore, onFailed: ignore };
    const restores = new RestoreDetector(
      { listWatch: upstream, clock, frontier: () => writer.frontier, ...callbacks },
      ended.signal,
    );
    const connect = (options: WatchOptions, signal: AbortSignal): Promise<WatchConnection<V1Pod>> =>
      WatchConnection.open({
        listWatch: upstream,
        clock,
        signal,
        options: { ...options, allowWatchBookmarks: true, timeoutSeconds: 300 },
      });
    reader = new StateReader({ listWatch: upstream, clock, writer, status, restores, connect });
  });
  afterEach(() => ended.abort());

  /** Returns the result of a promise, or its error. */
  async function settled(promise: Promise<unknown>): Promise<unknown> {
    const result = promise.catch((error: unknown) => error);
    await clock.run(0);
    return result;
  }

  for (const way of ['pages', 'onePage'] as const) {
    it(`writes a list of the way ${way}, and returns its version`, async () => {
      const version = await settled(reader.list(way, false, ended.signal));
      expect(sink.take()).to.deep.equal([`replace ${String(version)}: a/a`]);
    });
  }

  it('writes the initial events, and returns their watch', async () => {
    const connection = await settled(reader.initialEvents(false, ended.signal));
    expect(connection).to.be.instanceOf(WatchConnection);
    expect(sink.take()).to.have.length(1);
    expect(upstream.openWatches).to.equal(1);
  });

  it('rejects a state that is older than the version of a probe, for a minute', async () => {
    const version = await settled(reader.list('pages', true, ended.signal));
    sink.take();
    expect(reader.isBehind).to.equal(false);
    reader.requireAtLeast(String(Number(version) + 1));
    expect(reader.isBehind).to.equal(true);
    clock.advance(59_999);
    expect(await settled(reader.list('pages', true, ended.signal))).to.be.instanceOf(StaleListError);
    expect(sink.take()).to.deep.equal([]);
    clock.advance(1);
    expect(await settled(reader.list('pages', true, ended.signal))).to.equal(version);
  });

  it('accepts the state of a restored upstream, although a probe has found a newer version', async () => {
    const version = await settled(reader.list('pages', true, ended.signal));
    reader.requireAtLeast(String(Number(version) + 1));
    reader.restored();
    sink.take();
    expect(await settled(reader.list('pages', false, ended.signal))).to.equal(version);
    expect(sink.take()).to.deep.equal([`restore ${String(version)}: a/a`]);
    expect(reader.isRestored).to.equal(false);
  });
});

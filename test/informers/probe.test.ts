import { expect } from 'chai';
import { ConnectionError, IdleTimeoutError, UpstreamApiError } from '../../src/informers/errors.ts';
import type { WatchEvent } from '../../src/informers/list-watch.ts';
import { probeWatch, shortWatch } from '../../src/informers/probe.ts';
import { SinkWriter } from '../../src/informers/reflector-sink.ts';
import { ReflectorStatus } from '../../src/informers/reflector-status.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';
import { pod } from '../../src/testing/informers/objects.ts';
import { WatchConnection } from '../../src/informers/watch-connection.ts';
import { RecordingSink } from './reflector-rig.ts';

const bookmark = (resourceVersion: string): WatchEvent<V1Pod> => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion } },
});
const added = (resourceVersion: string): WatchEvent<V1Pod> => ({
  type: 'ADDED',
  object: pod('a/a', { resourceVersion }),
});

describe('shortWatch()', () => {
  const cases: [string, readonly WatchEvent<V1Pod>[], 'ends' | 'stays open' | 'ends at once', unknown][] = [
    ['finds nothing after a clean end', [], 'ends', false],
    ['finds nothing at a bookmark of the frontier', [bookmark('100')], 'stays open', false],
    ['finds nothing at a later bookmark', [bookmark('120')], 'stays open', false],
    ['does not trust an older bookmark', [bookmark('99')], 'stays open', IdleTimeoutError],
    ['finds an event that was not applied', [added('101')], 'stays open', true],
    ['ignores an event that was applied', [added('100')], 'ends', false],
    ['throws an ERROR event', [{ type: 'ERROR', object: { code: 500 } }], 'ends', UpstreamApiError],
    ['throws if nothing arrives', [], 'stays open', IdleTimeoutError],
    ['throws if the watch ends at once', [], 'ends at once', ConnectionError],
  ];
  for (const [name, frames, end, expected] of cases) {
    it(name, async () => {
      const clock = new FakeClock();
      const listWatch = new FakeListWatch<V1Pod>([], { name: 'pods' });
      const status = new ReflectorStatus(clock);
      const writer = new SinkWriter<V1Pod>({ name: 'pods', sink: new RecordingSink(), status });
      writer.replace({ objects: new Map(), version: '100', omitted: [] });
      listWatch.watch = async (_, signal) => ({
        async *[Symbol.asyncIterator]() {
          yield* frames;
          if (end === 'ends at once') return;
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => resolve());
            if (end === 'ends') clock.schedule(5000, resolve);
          });
        },
      });
      const { signal } = new AbortController();
      const result = shortWatch({ listWatch, clock, signal, writer }).catch((error: unknown) => error);
      await clock.run(10_000);
      if (typeof expected === 'boolean') expect(await result).to.equal(expected);
      else expect(await result).to.be.instanceOf(expected);
      await clock.run(10_000);
      expect(clock.waiting).to.equal(0);
    });
  }
});

describe('probeWatch()', () => {
  const cases: [string, { latest: string | undefined; missed?: boolean; arrives?: boolean }, string][] = [
    ['opens no second watch if the server has the version of the frontier', { latest: '100' }, 'current'],
    ['opens no second watch if the server has an older version', { latest: '90' }, 'behind'],
    ['finds an event that the watch has not sent', { latest: '101', missed: true }, 'missed'],
    ['finds none if the newer version is that of another object', { latest: '101' }, 'works'],
    ['opens a second watch if the version of the server is not known', { latest: undefined, missed: true }, 'missed'],
    ['ends when the watch delivers a frame', { latest: '101', arrives: true }, 'arrived'],
  ];
  for (const [name, { latest, missed = false, arrives = false }, expected] of cases) {
    it(name, async () => {
      const clock = new FakeClock();
      const listWatch = new FakeListWatch<V1Pod>([], { name: 'pods' });
      const writer = new SinkWriter<V1Pod>({
        name: 'pods',
        sink: new RecordingSink(),
        status: new ReflectorStatus(clock),
      });
      writer.replace({ objects: new Map(), version: '100', omitted: [] });
      let watches = 0;
      listWatch.watch = async (_, signal) => {
        watches += 1;
        const isSecond = watches > 1;
        return {
          async *[Symbol.asyncIterator]() {
            if (isSecond && missed) yield added('101');
            await new Promise<void>((resolve) => {
              signal.addEventListener('abort', () => resolve());
              clock.schedule(isSecond ? 5000 : 1000, () => {
                if (isSecond || arrives) resolve();
              });
            });
            if (arrives && !isSecond) yield added('101');
          },
        };
      };
      const { signal } = new AbortController();
      const options = { allowWatchBookmarks: true, timeoutSeconds: 300, resourceVersion: '100' };
      const connection = await WatchConnection.open({ listWatch, clock, signal, options });
      const result = probeWatch(connection, { listWatch, clock, signal, writer, latest: async () => latest });
      await clock.run(10_000);
      expect(await result).to.equal(expected);
      expect(watches).to.equal(expected === 'current' || expected === 'behind' ? 1 : 2);
      connection.close();
      expect(clock.waiting).to.be.at.most(1);
    });
  }
});

import { expect } from 'chai';
import { ConnectionError, IdleTimeoutError, UpstreamApiError } from '../../src/informers/errors.ts';
import type { WatchEvent } from '../../src/informers/list-watch.ts';
import { shortWatch } from '../../src/informers/probe.ts';
import { SinkWriter } from '../../src/informers/reflector-sink.ts';
import { ReflectorStatus } from '../../src/informers/reflector-status.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';
import { pod } from '../../src/testing/informers/objects.ts';
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

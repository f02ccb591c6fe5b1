import { expect } from 'chai';
import fc from 'fast-check';
import type { DeltaBatch } from '../../src/informers/collection/delta.ts';
import { keyOf } from '../../src/key.ts';
import { ConnectionError } from '../../src/informers/errors.ts';
import { SharedInformer } from '../../src/informers/shared-informer.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';
import { compareVersions, isComparable } from '../../src/informers/collection/source-version.ts';
import { pod } from '../../src/testing/informers/objects.ts';
import { TranslatedListWatch } from './translated-versions.ts';

type Command =
  | { readonly do: 'put'; readonly key: string; readonly node: string }
  | { readonly do: 'delete'; readonly keys: readonly string[] }
  | { readonly do: 'fail'; readonly verb: 'list' | 'watch'; readonly code: number; readonly times: number }
  | { readonly do: 'advance'; readonly milliseconds: number }
  | { readonly do: 'cut'; readonly after: number }
  | { readonly do: 'watchList'; readonly behaviour: FakeListWatch<V1Pod>['watchList'] }
  | { readonly do: 'stale'; readonly back: number }
  | { readonly do: 'error'; readonly code: number }
  | {
      readonly do:
        | 'tick'
        | 'drop'
        | 'expire'
        | 'expirePages'
        | 'bookmark'
        | 'break'
        | 'end'
        | 'silent'
        | 'wake'
        | 'fresh'
        | 'vanish'
        | 'return'
        | 'repeat'
        | 'garbage';
    };

const key = fc.constantFrom('a/a', 'a/b', 'a/c', 'b/a', 'b/b');
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('put' as const), key, node: fc.constantFrom('n1', 'n2') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      keys: fc.uniqueArray(key, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      milliseconds: fc.constantFrom(0, 0, 0, 100, 900, 5_000, 70_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      verb: fc.constantFrom('list' as const, 'watch' as const),
      code: fc.constantFrom(0, 400, 403, 404, 410, 422, 429, 500, 503),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const), after: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('watchList' as const),
      behaviour: fc.constantFrom('served' as const, 'refused' as const, 'ignored' as const, 'unfinished' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stale' as const), back: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('error' as const), code: fc.constantFrom(400, 410, 429, 500, 504) }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'tick' as const,
        'drop' as const,
        'expire' as const,
        'expirePages' as const,
        'bookmark' as const,
        'break' as const,
        'end' as const,
        'silent' as const,
        'wake' as const,
        'wake' as const,
        'fresh' as const,
        'vanish' as const,
        'return' as const,
        'return' as const,
        'repeat' as const,
        'garbage' as const,
      ),
    }),
  },
);

/** Performs a command on an upstream. Returns whether an event was dropped silently, which only a relist can repair. */
function perform(step: Command, upstream: FakeListWatch<V1Pod>, repeated: boolean): boolean {
  switch (step.do) {
    case 'put':
      upstream.put(pod(step.key, { node: step.node }));
      break;
    case 'delete': {
      const there = step.keys.filter((each) => upstream.objects.some((object) => keyOf(object) === each));
      if (repeated && there.length > 0) upstream.delete(...there);
      else for (const each of there) upstream.delete(each);
      break;
    }
    case 'fail':
      upstream.fail(step.verb, step.code === 0 ? new ConnectionError('reset') : { code: step.code }, step.times);
      break;
    case 'cut':
      upstream.cutAfter(step.after);
      break;
    case 'watchList':
      upstream.watchList = step.behaviour;
      break;
    case 'stale':
      upstream.staleAt = Math.max(upstream.revision - step.back, 1);
      break;
    case 'error':
      upstream.send({ type: 'ERROR', object: { code: step.code } });
      break;
    case 'tick':
      upstream.tick();
      break;
    case 'drop':
      upstream.dropEvents();
      return true;
    case 'expire':
      upstream.expire();
      break;
    case 'expirePages':
      upstream.expirePages();
      break;
    case 'bookmark':
      upstream.bookmark();
      break;
    case 'break':
      upstream.breakWatches();
      break;
    case 'end':
      upstream.endWatches();
      break;
    case 'silent':
      upstream.goSilent();
      break;
    case 'wake':
      upstream.wake();
      break;
    case 'fresh':
      upstream.staleAt = undefined;
      break;
    case 'vanish':
      upstream.exists = false;
      upstream.endWatches();
      break;
    case 'return':
      upstream.exists = true;
      break;
    case 'repeat': {
      const [object] = upstream.objects;
      if (object !== undefined && Number(object.metadata?.resourceVersion) < upstream.revision) {
        upstream.send({ type: 'MODIFIED', object });
      }
      break;
    }
    case 'garbage':
      upstream.send({ type: 'ADDED', object: { metadata: {} } });
      break;
    case 'advance':
      break;
  }
  return false;
}

/** A reader that sees only the batches. */
class Reader {
  readonly rows = new Map<string, V1Pod>();

  take(batch: DeltaBatch<V1Pod>): void {
    for (const delta of batch.changes) {
      const there = this.rows.get(delta.key);
      if (delta.type === 'ADDED') expect(there, `ADDED ${delta.key}`).to.equal(undefined);
      else expect(there, `${delta.type} ${delta.key}`).to.not.equal(undefined);
      if (delta.type === 'MODIFIED') expect(there).to.equal(delta.old);
      if (delta.type === 'DELETED') this.rows.delete(delta.key);
      else this.rows.set(delta.key, delta.object);
    }
  }
}

const byKey = (objects: Iterable<V1Pod>): Record<string, V1Pod> =>
  Object.fromEntries([...objects].map((object) => [keyOf(object), object]));

/** Options of a run. */
interface Run {
  readonly repeated?: boolean;
  readonly silentDrops?: boolean;
  /** The version that the informer sees in the place of a revision. */
  readonly version?: (revision: bigint) => string;
}

async function run(
  commands: readonly Command[],
  { repeated = false, silentDrops = false, version = String }: Run,
): Promise<void> {
  const upstream = new FakeListWatch<V1Pod>([pod('a/a'), pod('b/b')], { name: 'pods' });
  const clock = new FakeClock();
  const informer = new SharedInformer<V1Pod>({
    name: 'pods',
    listWatches: [new TranslatedListWatch(upstream, version)],
    clock,
    random: () => 0.5,
    versions: repeated ? 'repeated' : 'unique',
  });
  const reader = new Reader();
  const subscription = informer.deltas$.subscribe((batch) => {
    reader.take(batch);
    expect(byKey(informer.list())).to.deep.equal(byKey(reader.rows.values()));
  });
  let frontier: string | undefined;
  let restoresBefore = 0;
  const isOrdered = isComparable(version(100n));
  let dropped = false;
  for (const step of commands) {
    if (step.do === 'drop' && !silentDrops) continue;
    // Without an order of versions, an informer cannot recognize an event that the server repeats. Servers do not repeat events.
    if (step.do === 'repeat' && !isOrdered) continue;
    dropped = perform(step, upstream, repeated) || dropped;
    if (step.do === 'advance') await clock.run(step.milliseconds);
    // The frontier goes back only when upstream counts as restored. A source that was never watched counts as one without versions.
    const { restores } = informer.metrics;
    if (isOrdered && restores === restoresBefore && informer.frontier !== undefined) {
      expect(compareVersions(informer.frontier, frontier ?? '0')).to.be.at.least(0);
    }
    restoresBefore = restores;
    frontier = informer.frontier;
  }
  // The faults end.
  upstream.behave();
  await clock.run(400_000);
  upstream.put(pod('z/last'));
  upstream.delete('z/last');
  upstream.tick();
  upstream.put(pod('z/last'));
  await clock.run(400_000);
  if (dropped) {
    upstream.put(pod('z/last'), pod('z/last', { node: 'n1' }));
    upstream.send({ type: 'ERROR', object: { code: 410 } });
  }
  await clock.run(400_000);
  const expected = upstream.objects.map(({ metadata, ...content }) => ({
    ...content,
    metadata: { ...metadata, resourceVersion: version(BigInt(metadata?.resourceVersion ?? 0)) },
  }));
  expect(byKey(informer.list())).to.deep.equal(byKey(expected));
  expect(byKey(reader.rows.values())).to.deep.equal(byKey(expected));
  expect(informer.metrics.errors).to.not.have.property('Subscriber');
  expect(informer.sources()[0]).to.include({ ready: true, hasSynced: true });
  subscription.unsubscribe();
  await clock.run(0);
  expect(clock.waiting).to.equal(0);
  expect(upstream.openWatches).to.equal(0);
}

describe('SharedInformer over a faulty upstream', () => {
  const runs = Number(process.env['PROPERTY_RUNS'] ?? 300);

  const above2To53 = (revision: bigint): string => String(2n ** 53n + revision);
  const histories: readonly (readonly [string, Run])[] = [
    ['equals it after the faults, without a lost or repeated event', {}],
    ['does so if versions repeat', { repeated: true }],
    ['does so after the next relist if events were dropped silently', { silentDrops: true }],
    ['does so if versions are above 2^53', { version: above2To53 }],
    ['does so if versions above 2^53 repeat', { version: above2To53, repeated: true }],
    ['does so if versions are opaque', { version: (revision) => `v-${revision}` }],
  ];
  for (const [name, options] of histories) {
    it(name, () =>
      fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 60, size: 'max' }), (commands) => run(commands, options)),
        { numRuns: runs },
      ),
    );
  }
});

import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import type { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { KnownNamespaces, SHARED_AFTER_MS } from '../../../src/server/access/known-namespaces.ts';
import { FakeClock, type FakeInformer, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { viewOf } from '../../projections/view-rig.ts';

describe('KnownNamespaces', () => {
  let clock: FakeClock;
  let pods: FakeInformer<V1Pod>;
  let view: MaterializedView;
  let known: KnownNamespaces;
  beforeEach(() => {
    clock = new FakeClock();
    pods = fakeInformer(pod('a/x'), pod('b/x'));
    view = viewOf(pods.pipe(map((one) => ({ metadata: identity(one) }))), { clock });
    known = new KnownNamespaces([view], clock);
  });
  afterEach(() => view.stop());

  const learn = (names: string[] | undefined, wasUnknown = false): boolean =>
    known.learn(names, known.newest, wasUnknown);
  const now = (): bigint => view.snapshot().position;
  const isKnown = (position: bigint): boolean => known.knownSince(view, position) !== undefined;

  it('is complete while it covers all namespaces that have rows', () => {
    expect([known.isComplete, known.set, known.candidates]).to.deep.equal([false, undefined, ['a', 'b']]);
    expect(learn(['a'])).to.equal(true);
    expect(known.isComplete).to.equal(true);
    pods.add(pod('a/y'));
    expect(known.isComplete).to.equal(true);
    pods.add(pod('c/x'));
    expect(known.isComplete).to.equal(false);
    expect(known.unreviewed).to.deep.equal({ names: new Set(['c']), haveEnded: false });
    expect(learn(['a'])).to.equal(false);
    expect(known.isComplete).to.equal(true);
  });

  it('keeps namespaces without rows as candidates, so that their last rows do not change the set', () => {
    learn(['a', 'b']);
    pods.delete('a/x');
    expect(known.candidates).to.have.members(['a', 'b']);
    expect(known.isComplete).to.equal(true);
  });

  it('notices a namespace that came and went between two reviews', () => {
    learn(['a']);
    pods.add(pod('c/x'));
    pods.delete('c/x');
    expect(known.isComplete).to.equal(false);
    expect(known.unreviewed).to.deep.equal({ names: new Set(), haveEnded: true });
  });

  it('does not cover namespaces that are new since the beginning of the review', () => {
    const { newest } = known;
    pods.add(pod('c/x'));
    known.learn(['a'], newest, false);
    expect(known.isComplete).to.equal(false);
    expect(known.unreviewed.names).to.deep.equal(new Set(['c']));
  });

  it('ends watches only for another set, or if the set was not known meanwhile', () => {
    expect(learn(['a', 'b'])).to.equal(true);
    expect(learn(['b', 'a'])).to.equal(false);
    expect(learn(['b', 'a'], true)).to.equal(true);
    expect(learn(undefined)).to.equal(true);
    expect(learn(undefined)).to.equal(false);
  });

  it('honours positions since which the set has been known, marked or later than its first', () => {
    const before = now();
    pods.modify(pod('a/x', { labels: { v: '1' } }));
    learn(['a']);
    const first = now();
    const marked = known.set?.marked(first) ?? 0n;
    expect([isKnown(before), isKnown(first), known.knownSince(view, marked)]).to.deep.equal([false, false, first]);
    clock.advance(SHARED_AFTER_MS);
    pods.modify(pod('a/x', { labels: { v: '2' } }));
    const later = now();
    expect([known.knownSince(view, later), known.knownSince(view, known.set?.marked(later) ?? 0n)]).to.deep.equal([
      later,
      later,
    ]);
    // The mark of another set at the place of this one.
    learn(['b']);
    expect([isKnown(later), isKnown(marked), isKnown(known.set?.marked(now()) ?? 0n)]).to.deep.equal([
      false,
      false,
      true,
    ]);
  });

  it('honours the version of an event only if it was logged ten seconds after the set was known', () => {
    learn(['a']);
    const versions: bigint[] = [];
    for (const wait of [0, SHARED_AFTER_MS - 1, 1]) {
      clock.advance(wait);
      pods.modify(pod('a/x', { labels: { v: `${wait}` } }));
      versions.push(now());
    }
    // Before that, another replica may have sent the event to a watch of another set. Lists and bookmarks of this set have its mark.
    expect(versions.map(isKnown)).to.deep.equal([false, false, true]);
    expect(versions.map((version) => isKnown(known.set?.marked(version) ?? 0n))).to.deep.equal([true, true, true]);
  });

  it('forgets its positions if the set was not known meanwhile, also if it is the same', () => {
    learn(['a']);
    const position = known.set?.marked(now()) ?? 0n;
    expect(isKnown(position)).to.equal(true);
    learn(['a']);
    expect(isKnown(position)).to.equal(true);
    pods.modify(pod('b/x', { labels: { v: '1' } }));
    learn(['a'], true);
    expect(isKnown(position)).to.equal(false);
  });

  it('honours nothing of a view that it does not know, or before the first review', () => {
    expect(isKnown(now())).to.equal(false);
    learn(['a']);
    expect(new KnownNamespaces([], clock).knownSince(view, now())).to.equal(undefined);
  });
});

import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import type { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { type SetReviewResult, SubjectRows, type SubjectRowsOptions } from '../../../src/server/access/subject-rows.ts';
import { FakeClock, type FakeInformer, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { viewOf } from '../../projections/view-rig.ts';

describe('SubjectRows', () => {
  let clock: FakeClock;
  let pods: FakeInformer<V1Pod>;
  let view: MaterializedView;
  /** The namespaces of the reviews that were sent; `*` for all. */
  let asked: string[];
  let allow: (namespace: string) => boolean | Promise<boolean>;
  let results: SetReviewResult[];
  let ended: string[];
  let rows: SubjectRows;

  beforeEach(() => {
    clock = new FakeClock();
    pods = fakeInformer(pod('a/x'), pod('b/x'));
    view = viewOf(pods.pipe(map((one) => ({ metadata: identity(one) }))));
    asked = [];
    results = [];
    ended = [];
    allow = (namespace) => namespace === 'a';
    make();
  });
  afterEach(() => {
    rows.forget();
    view.stop();
    expect(clock.waiting, 'timers').to.equal(0);
  });

  function make(options: Partial<SubjectRowsOptions> = {}): void {
    rows = new SubjectRows({
      clock,
      views: [view],
      sources: 1,
      review: async (_source, namespace) => {
        asked.push(namespace === '' ? '*' : namespace);
        return allow(namespace);
      },
      onReviewed: (result) => results.push(result),
      ...options,
    });
  }
  const follow = (name = 'watch'): (() => void) => rows.follow(() => ended.push(name));
  const seen = (): readonly string[] | 'all' | 'unknown' => {
    const set = rows.current();
    return set === undefined ? 'unknown' : (set.names ?? 'all');
  };
  const renewed = async (): Promise<void> => {
    await rows.renew();
  };
  /** Adds a row, as a server does it: the watches of the set learn of its namespace. */
  const add = (key: string): void => {
    pods.add(pod(key));
    rows.poke();
  };

  it('is unknown until it is reviewed, and then needs no review', async () => {
    expect([seen(), rows.isFresh, rows.size]).to.deep.equal(['unknown', false, 0]);
    const review = rows.renew();
    // All requests wait for the same review.
    expect(rows.renew()).to.equal(review);
    expect(rows.isIdle).to.equal(false);
    await review;
    expect([seen(), rows.isFresh, rows.isIdle, rows.size]).to.deep.equal([['a'], true, true, 1]);
    expect([asked, results]).to.deep.equal([['*', 'a', 'b'], ['changed']]);
    expect(rows.renew()).to.equal(undefined);
    expect(clock.waiting).to.equal(0);
  });

  it('shows all namespaces to a user with the right in all, also new ones, without reviews of them', async () => {
    allow = (namespace) => namespace === '';
    await renewed();
    add('c/x');
    expect(seen()).to.equal('unknown');
    await renewed();
    expect([seen(), asked, rows.size]).to.deep.equal(['all', ['*'], 0]);
  });

  it('is unknown while a new namespace is not reviewed, and reviews only that', async () => {
    await renewed();
    asked = [];
    add('c/x');
    expect(seen()).to.equal('unknown');
    await renewed();
    expect([seen(), asked, results]).to.deep.equal([['a'], ['c'], ['changed', 'same']]);
    allow = (namespace) => namespace === 'a' || namespace === 'd';
    add('d/x');
    await renewed();
    expect(seen()).to.deep.equal(['a', 'd']);
  });

  it('ends its watches when a new namespace is visible, and not when it is not', async () => {
    await renewed();
    follow();
    add('c/x');
    await renewed();
    expect(ended).to.deep.equal([]);
    allow = () => true;
    add('d/x');
    await renewed();
    expect([ended, seen()]).to.deep.equal([['watch'], ['a', 'd']]);
  });

  it('ends its watches when a namespace came and went before it was reviewed', async () => {
    await renewed();
    follow();
    pods.add(pod('c/x'));
    pods.delete('c/x');
    rows.poke();
    await renewed();
    expect(ended).to.deep.equal(['watch']);
  });

  it('is used for ten seconds after a change of rights if reviews fail', async () => {
    await renewed();
    clock.advance(60_000);
    allow = () => Promise.reject(new Error('down'));
    rows.rightsChanged();
    await renewed();
    expect([seen(), rows.isFresh, results]).to.deep.equal([['a'], false, ['changed', 'failed']]);
    clock.advance(9999);
    expect(seen()).to.deep.equal(['a']);
    clock.advance(1);
    expect(seen()).to.equal('unknown');
    allow = (namespace) => namespace === 'b';
    await renewed();
    expect(seen()).to.deep.equal(['b']);
  });

  it('begins at most one review of the whole set in a second, and one a second after a failure', async () => {
    await renewed();
    rows.rightsChanged();
    expect(rows.renew()).to.equal(undefined);
    clock.advance(1000);
    allow = () => Promise.reject(new Error('down'));
    await renewed();
    expect(rows.renew()).to.equal(undefined);
    clock.advance(999);
    expect(rows.renew()).to.equal(undefined);
    clock.advance(1);
    expect(rows.renew()).not.to.equal(undefined);
    await renewed();
  });

  it('reviews itself while it is watched: after changes of rights, two seconds later, and every five minutes', async () => {
    await renewed();
    const unfollow = follow();
    const reviews = async (milliseconds: number): Promise<number> => {
      asked = [];
      await clock.run(milliseconds);
      return asked.filter((one) => one === '*').length;
    };
    expect([await reviews(299_999), await reviews(1)]).to.deep.equal([0, 1]);
    await clock.run(1000);
    asked = [];
    rows.rightsChanged();
    await clock.run(0);
    expect(asked).to.deep.equal(['*', 'a', 'b']);
    expect([await reviews(1999), await reviews(1), await reviews(299_000)]).to.deep.equal([0, 1, 0]);
    unfollow();
    expect(clock.waiting).to.equal(0);
    expect(await reviews(900_000)).to.equal(0);
  });

  it('ends its watches when a right is lost, and not when it stays', async () => {
    await renewed();
    follow('first');
    const unfollow = follow('second');
    clock.advance(1000);
    rows.rightsChanged();
    await clock.run(0);
    expect(ended).to.deep.equal([]);
    unfollow();
    allow = () => false;
    await clock.run(2000);
    expect([ended, seen()]).to.deep.equal([['first'], []]);
    expect(clock.waiting).to.equal(0);
  });

  it('ends its watches after five minutes of failing reviews, and not before', async () => {
    await renewed();
    follow();
    clock.advance(1000);
    allow = () => Promise.reject(new Error('down'));
    rows.rightsChanged();
    await clock.run(299_999);
    expect(ended).to.deep.equal([]);
    await clock.run(1000);
    expect([ended, seen()]).to.deep.equal([['watch'], 'unknown']);
  });

  it('does not keep the positions of a user without watches over a change of rights', async () => {
    const position = (): bigint => view.snapshot().position;
    await renewed();
    const marked = rows.current()?.marked(position()) ?? 0n;
    expect(rows.knownSince(view, marked)).to.equal(position());
    pods.modify(pod('b/x', { labels: { v: '1' } }));
    clock.advance(1000);
    rows.rightsChanged();
    await renewed();
    // The rights may have been others between the change and this review.
    expect(rows.knownSince(view, marked)).to.equal(undefined);
  });

  it('is reviewed again two seconds after a change of rights that came before it', async () => {
    clock.advance(5000);
    make({ rightsChangedAt: clock.now() - 100 });
    await renewed();
    expect(rows.isFresh).to.equal(true);
    clock.advance(1900);
    expect(rows.isFresh).to.equal(false);
    allow = () => false;
    await renewed();
    expect(seen()).to.deep.equal([]);
  });

  it('is unknown to the requests that still have it when it is forgotten, and ends its watches', async () => {
    await renewed();
    follow();
    rows.forget();
    expect([seen(), ended, clock.waiting]).to.deep.equal(['unknown', ['watch'], 0]);
  });
});

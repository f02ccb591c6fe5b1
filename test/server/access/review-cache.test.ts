import { expect } from 'chai';
import { MAX_PENDING_REVIEWS, ReviewCache, TooManyReviewsError } from '../../../src/server/access/review-cache.ts';
import { FakeClock } from '../../../src/testing/informers/index.ts';

describe('ReviewCache', () => {
  let clock: FakeClock;
  let cache: ReviewCache<number>;
  let reviews: number;
  const review = (): Promise<number> => Promise.resolve((reviews += 1));

  beforeEach(() => {
    clock = new FakeClock();
    reviews = 0;
    cache = new ReviewCache({ clock, ttl: () => 10_000, max: 3 });
  });

  it('keeps a result for its time', async () => {
    expect(await cache.get('a', review)).to.equal(1);
    clock.advance(9999);
    expect(await cache.get('a', review)).to.equal(1);
    expect(await cache.get('b', review)).to.equal(2);
    clock.advance(1);
    expect(cache.kept('a')).to.equal(undefined);
    expect(await cache.get('a', review)).to.equal(3);
  });

  it('does not keep a result without a time', async () => {
    cache = new ReviewCache({ clock, ttl: (result) => (result === 1 ? 0 : 10) });
    expect([await cache.get('a', review), await cache.get('a', review), await cache.get('a', review)]).to.deep.equal([
      1, 2, 2,
    ]);
  });

  it('makes one review for concurrent requests, and none is kept that has failed', async () => {
    let fail: (error: Error) => void = () => undefined;
    const failing = (): Promise<number> => {
      reviews += 1;
      return new Promise((_, reject) => (fail = reject));
    };
    const results = ['a', 'a', 'a'].map((key) => cache.get(key, failing).catch((error: Error) => error.message));
    fail(new Error('down'));
    expect(await Promise.all(results)).to.deep.equal(['down', 'down', 'down']);
    expect(reviews).to.equal(1);
    expect(await cache.get('a', review)).to.equal(2);
  });

  it('keeps a bounded number of results, and drops the one that was not used for the longest time', async () => {
    for (const key of ['a', 'b', 'c', 'a', 'd']) await cache.get(key, review);
    expect(cache.size).to.equal(3);
    expect(['a', 'b', 'c', 'd'].map((key) => cache.kept(key))).to.deep.equal([1, undefined, 3, 4]);
  });

  it('refuses one more review than the maximum at once', async () => {
    let finish: (result: number) => void = () => undefined;
    const slow = new Promise<number>((resolve) => (finish = resolve));
    const pending = Array.from({ length: MAX_PENDING_REVIEWS }, (_, i) => cache.get(`${i}`, () => slow));
    expect(await cache.get('more', review).catch((error: unknown) => error)).to.be.instanceOf(TooManyReviewsError);
    const shared = cache.get('0', review);
    finish(7);
    expect(new Set(await Promise.all([...pending, shared]))).to.deep.equal(new Set([7]));
    expect(await cache.get('more', review)).to.equal(1);
  });
});

/** The reviews of open watches: their times, their number, and what ends a watch. */
import { expect } from 'chai';
import type { AccessDecision } from '../../../src/server/access/authorizer.ts';
import { WatchReviews } from '../../../src/server/access/watch-reviews.ts';
import { FakeClock, settled } from '../../../src/testing/informers/index.ts';

describe('WatchReviews', () => {
  let clock: FakeClock;
  let reviews: WatchReviews;
  let asked: string[];
  let decide: (user: string) => AccessDecision | Promise<AccessDecision>;
  let ended: string[];
  beforeEach(() => {
    clock = new FakeClock();
    asked = [];
    ended = [];
    decide = () => ({ allowed: true });
    reviews = new WatchReviews({
      clock,
      interval: 30_000,
      decide: ({ user }) => {
        asked.push(user);
        return decide(user);
      },
    });
  });
  const follow = (user: string, key = user): (() => void) =>
    reviews.follow({ user }, key, (decision) => ended.push(`${user} ${decision === undefined ? 'unknown' : 'denied'}`));
  const advance = async (milliseconds: number): Promise<void> => {
    clock.advance(milliseconds);
    await settled();
  };

  it('has one timer for all watches, and none without watches', async () => {
    const unfollow = [follow('a'), follow('a'), follow('b')];
    expect([reviews.size, clock.waiting]).to.deep.equal([2, 1]);
    unfollow[0]?.();
    expect([reviews.size, clock.waiting]).to.deep.equal([2, 1]);
    unfollow[1]?.();
    unfollow[2]?.();
    expect([reviews.size, clock.waiting]).to.deep.equal([0, 0]);
    await advance(60_000);
    expect(asked).to.deep.equal([]);
  });

  it('reviews each spec at its own time', async () => {
    follow('a');
    await advance(10_000);
    follow('b');
    await advance(20_000);
    expect(asked).to.deep.equal(['a']);
    await advance(10_000);
    expect(asked).to.deep.equal(['a', 'b']);
    await advance(20_000);
    expect(asked).to.deep.equal(['a', 'b', 'a']);
  });

  it('counts a decision about an equal request as a review', async () => {
    follow('a');
    await advance(20_000);
    reviews.decided('a', { allowed: true });
    reviews.decided('other', { allowed: false });
    await advance(29_999);
    expect(asked).to.deep.equal([]);
    await advance(1);
    expect(asked).to.deep.equal(['a']);
    reviews.decided('a', { allowed: false });
    expect(ended).to.deep.equal(['a denied']);
    expect([reviews.size, clock.waiting]).to.deep.equal([0, 0]);
  });

  it('runs twenty reviews at once, and the others after them', async () => {
    const results: PromiseWithResolvers<AccessDecision>[] = [];
    decide = () => {
      const result = Promise.withResolvers<AccessDecision>();
      results.push(result);
      return result.promise;
    };
    for (let index = 0; index < 50; index += 1) follow(`user-${index}`);
    await advance(30_000);
    expect(asked).to.have.length(20);
    results[0]?.resolve({ allowed: true });
    await settled();
    clock.advance(0);
    expect(asked).to.have.length(21);
    for (let round = 0; round < 5; round += 1) {
      for (const { resolve } of results) resolve({ allowed: true });
      await settled();
      await advance(0);
    }
    expect(new Set(asked).size).to.equal(50);
    expect(ended).to.deep.equal([]);
  });

  it('ends watches after five minutes of failures, and a success begins the time anew', async () => {
    follow('a');
    decide = () => Promise.reject(new Error('down'));
    for (let round = 0; round < 10; round += 1) await advance(30_000);
    expect(ended).to.deep.equal([]);
    decide = () => ({ allowed: true });
    await advance(30_000);
    decide = () => {
      throw new Error('down');
    };
    for (let round = 0; round < 10; round += 1) await advance(30_000);
    expect(ended).to.deep.equal([]);
    await advance(30_000);
    expect(ended).to.deep.equal(['a unknown']);
    expect([reviews.size, clock.waiting]).to.deep.equal([0, 0]);
  });

  it('does not end a newer watch with the result of an older review', async () => {
    const result = Promise.withResolvers<AccessDecision>();
    decide = () => result.promise;
    const unfollow = follow('a');
    await advance(30_000);
    unfollow();
    follow('b', 'a');
    unfollow();
    expect(reviews.size).to.equal(1);
    result.resolve({ allowed: true });
    await settled();
    expect(reviews.size).to.equal(1);
    expect(clock.waiting).to.equal(1);
  });
});

import { expect } from 'chai';
import {
  MIN_INTERVAL_MS,
  OUTDATED_MS,
  RENEWAL_MS,
  ReviewTimes,
  SETTLE_MS,
  TOLERANCE_MS,
} from '../../../src/server/access/review-times.ts';
import { FakeClock } from '../../../src/testing/informers/index.ts';

describe('ReviewTimes', () => {
  let clock: FakeClock;
  let times: ReviewTimes;
  beforeEach(() => {
    clock = new FakeClock();
    times = new ReviewTimes(clock);
  });
  const review = (): void => times.complete(times.begin());
  const state = (): string => (times.isOver ? 'over' : times.isOutdated ? 'outdated' : 'fresh');
  /** Returns the milliseconds after which the state is another one. */
  const lasts = (maximum = 1_000_000): number => {
    const before = state();
    let passed = 0;
    for (; passed < maximum && state() === before; passed += 100) clock.advance(100);
    return passed;
  };

  it('a set that was never reviewed is over, and may be reviewed at once', () => {
    expect([state(), times.mayBegin(true), times.mayBegin(false)]).to.deep.equal(['over', true, true]);
  });

  it('is fresh for five minutes after a review, then outdated for ten seconds, then over', () => {
    review();
    expect([state(), lasts()]).to.deep.equal(['fresh', RENEWAL_MS]);
    expect([state(), lasts()]).to.deep.equal(['outdated', OUTDATED_MS]);
    expect(state()).to.equal('over');
  });

  it('counts a review from its beginning', () => {
    const begun = times.begin();
    clock.advance(20_000);
    times.complete(begun);
    expect([state(), lasts()]).to.deep.equal(['fresh', RENEWAL_MS - 20_000]);
  });

  it('is outdated from a change of rights on, and again two seconds later', () => {
    review();
    clock.advance(5000);
    times.rightsChanged();
    expect(state()).to.equal('outdated');
    review();
    expect([state(), lasts()]).to.deep.equal(['fresh', SETTLE_MS]);
    review();
    expect([state(), lasts()]).to.deep.equal(['fresh', RENEWAL_MS]);
  });

  it('uses an outdated set for ten seconds from the first of several changes of rights', () => {
    review();
    times.rightsChanged();
    clock.advance(9000);
    times.rightsChanged();
    expect([state(), lasts()]).to.deep.equal(['outdated', OUTDATED_MS - 9000]);
  });

  it('does not count a change of rights during a review as seen', () => {
    review();
    const begun = times.begin();
    clock.advance(100);
    times.rightsChanged();
    clock.advance(100);
    times.complete(begun);
    expect(state()).to.equal('outdated');
    expect(lasts()).to.equal(OUTDATED_MS - 100);
  });

  it('counts a change of rights from its own time if the review that should see it fails', () => {
    review();
    times.rightsChanged();
    clock.advance(4000);
    const begun = times.begin();
    clock.advance(1000);
    times.rightsChanged();
    times.abandon(begun);
    expect([state(), lasts()]).to.deep.equal(['outdated', OUTDATED_MS - 5000]);
  });

  it('reviews a new set again if rights have changed shortly before: the authorizer may not know the change yet', () => {
    clock.advance(10_000);
    times = new ReviewTimes(clock, clock.now() - 500);
    review();
    expect([state(), lasts()]).to.deep.equal(['fresh', SETTLE_MS - 500]);
    review();
    expect([state(), lasts()]).to.deep.equal(['fresh', RENEWAL_MS]);
    times = new ReviewTimes(clock, clock.now() - SETTLE_MS);
    review();
    expect([state(), lasts()]).to.deep.equal(['fresh', RENEWAL_MS]);
  });

  it('lets a second pass between two reviews of the whole set, and after a failure of any', () => {
    times.begin();
    expect([times.mayBegin(true), times.mayBegin(false)]).to.deep.equal([false, true]);
    clock.advance(MIN_INTERVAL_MS - 1);
    expect(times.mayBegin(true)).to.equal(false);
    clock.advance(1);
    expect(times.mayBegin(true)).to.equal(true);
    times.failed();
    expect([times.mayBegin(true), times.mayBegin(false)]).to.deep.equal([false, false]);
    clock.advance(MIN_INTERVAL_MS);
    expect([times.mayBegin(true), times.mayBegin(false)]).to.deep.equal([true, true]);
  });

  it('tolerates failures for five minutes from the first one, and a success begins anew', () => {
    expect(times.failed()).to.equal(false);
    clock.advance(TOLERANCE_MS - 1);
    expect(times.failed()).to.equal(false);
    times.succeeded();
    clock.advance(1);
    expect(times.failed()).to.equal(false);
    clock.advance(TOLERANCE_MS - 1);
    expect(times.failed()).to.equal(false);
    clock.advance(1);
    expect(times.failed()).to.equal(true);
  });

  it('plans the next review of a watched set', () => {
    review();
    clock.advance(1000);
    expect(times.untilNext(true)).to.equal(RENEWAL_MS - 1000);
    times.rightsChanged();
    // It is outdated: the review may begin at once.
    expect(times.untilNext(false)).to.equal(0);
    review();
    expect(times.untilNext(true)).to.equal(SETTLE_MS);
    clock.advance(SETTLE_MS);
    times.failed();
    expect(times.untilNext(false)).to.equal(MIN_INTERVAL_MS);
  });
});

import { expect } from 'chai';
import { MAX_REVIEWS_AT_ONCE, MAX_REVIEWS_PER_SECOND, ReviewPace } from '../../../src/server/access/review-pace.ts';
import { fakeClock, settled } from '../../../src/testing/informers/index.ts';

describe('ReviewPace', () => {
  it('runs twenty reviews at once, in order, and the next one when one has ended', async () => {
    const pace = new ReviewPace(fakeClock());
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const all = Array.from({ length: 25 }, (_, number) =>
      pace.run('alice', () => {
        begun.push(number);
        return new Promise<void>((resolve) => void ends.push(resolve));
      }),
    );
    await settled();
    expect(begun).to.have.length(MAX_REVIEWS_AT_ONCE);
    ends.shift()?.();
    await settled();
    expect(begun).to.deep.equal(Array.from({ length: 21 }, (_, number) => number));
    while (begun.length < 25 || ends.length > 0) {
      ends.shift()?.();
      await settled();
    }
    await Promise.all(all);
  });

  it('lets users take turns, so that one with many reviews does not delay the others', async () => {
    const clock = fakeClock();
    const pace = new ReviewPace(clock);
    const begun: string[] = [];
    const send = (user: string, count: number): Promise<void>[] =>
      Array.from({ length: count }, (_, number) => pace.run(user, async () => void begun.push(`${user} ${number}`)));
    const all = send('eve', 1000);
    await settled();
    begun.splice(0);
    all.push(...send('alice', 3), ...send('bob', 1));
    expect([pace.waiting, pace.total]).to.deep.equal([904, 100]);
    await clock.run(1000);
    // Eve was the first to wait.
    expect(begun.slice(0, 7)).to.deep.equal([
      'eve 100',
      'alice 0',
      'bob 0',
      'eve 101',
      'alice 1',
      'eve 102',
      'alice 2',
    ]);
    expect(begun).to.have.length(100);
    await clock.run(10_000);
    await Promise.all(all);
    expect([pace.waiting, pace.total]).to.deep.equal([0, 1004]);
    // The reviews of one user keep their order.
    const numbers = begun.filter((one) => one.startsWith('eve ')).map((one) => Number(one.slice(4)));
    expect(numbers).to.deep.equal(numbers.toSorted((a, b) => a - b));
  });

  it('begins a hundred reviews in a second, also if reviews fail', async () => {
    const clock = fakeClock();
    const pace = new ReviewPace(clock);
    let begun = 0;
    const all = Array.from({ length: 250 }, () =>
      pace
        .run('alice', async () => {
          begun += 1;
          if (begun % 2 === 0) throw new Error('down');
        })
        .catch((error: Error) => expect(error.message).to.equal('down')),
    );
    await clock.run(999);
    expect(begun).to.equal(MAX_REVIEWS_PER_SECOND);
    await clock.run(1);
    expect(begun).to.equal(2 * MAX_REVIEWS_PER_SECOND);
    await clock.run(1000);
    expect(begun).to.equal(250);
    await Promise.all(all);
    expect(clock.waiting).to.equal(0);
  });
});

import { expect } from 'chai';
import { EventLoopScheduler, OpenWatches } from '../../../src/server/read/open-watches.ts';
import { FakeClock } from '../../../src/testing/informers/index.ts';

describe('OpenWatches', () => {
  let watches: OpenWatches;
  let clock: FakeClock;
  let force: AbortController;
  let closed: string[];
  const watch = (name: string): { close(): void } => {
    const one = {
      close: () => {
        if (closed.includes(name)) return;
        closed.push(name);
        watches.delete(one);
      },
    };
    return one;
  };
  const end = (period: number): Promise<void> => watches.end({ period, clock, force: force.signal });

  beforeEach(() => {
    watches = new OpenWatches();
    clock = new FakeClock();
    force = new AbortController();
    closed = [];
  });

  it('closes open watches and watches that open later', async () => {
    const gone = watch('gone');
    expect([watches.add(watch('a')), watches.add(gone), watches.add(watch('b'))]).to.deep.equal([true, true, true]);
    watches.delete(gone);
    expect(watches.size).to.equal(2);
    await end(0);
    expect(closed).to.deep.equal(['a', 'b']);
    expect(watches.add(watch('late'))).to.equal(false);
    expect(closed).to.deep.equal(['a', 'b', 'late']);
    expect(watches.size).to.equal(0);
  });

  it('spreads the closes evenly and resolves with the last', async () => {
    for (const name of ['a', 'b', 'c', 'd']) watches.add(watch(name));
    let isDone = false;
    const ended = end(4000).then(() => (isDone = true));
    expect(closed).to.deep.equal(['a']);
    await clock.run(999);
    expect(closed).to.deep.equal(['a']);
    await clock.run(1);
    expect(closed).to.deep.equal(['a', 'b']);
    expect(watches.add(watch('late'))).to.equal(false);
    await clock.run(1999);
    expect([closed, isDone]).to.deep.equal([['a', 'b', 'late', 'c'], false]);
    await clock.run(1);
    await ended;
    expect(closed.at(-1)).to.equal('d');
    expect(clock.waiting).to.equal(0);
  });

  it('resolves early when all clients have disconnected', async () => {
    const [a, b] = [watch('a'), watch('b')];
    watches.add(a);
    watches.add(b);
    const ended = end(4000);
    b.close();
    await ended;
    expect(clock.waiting).to.equal(0);
  });

  it('closes all remaining watches when it is forced, before or during the end', async () => {
    for (const name of ['a', 'b', 'c']) watches.add(watch(name));
    const ended = end(4000);
    force.abort();
    await ended;
    expect(closed).to.deep.equal(['a', 'b', 'c']);
    expect(clock.waiting).to.equal(0);
    watches = new OpenWatches();
    for (const name of ['d', 'e']) watches.add(watch(name));
    await end(4000);
    expect(closed).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
  });

  it('resolves at once when no watch is open', () => end(4000));
});

describe('EventLoopScheduler', () => {
  const nextRound = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('calls a function once, however often it was scheduled before the call', async () => {
    let calls = 0;
    const write = (): void => void (calls += 1);
    const scheduler = new EventLoopScheduler(() => undefined);
    scheduler.schedule(write);
    scheduler.schedule(write);
    expect(calls).to.equal(0);
    await nextRound();
    expect(calls).to.equal(1);
    scheduler.schedule(write);
    await nextRound();
    expect(calls).to.equal(2);
  });

  it('calls at most 200 functions in a round of the event loop, in order', async () => {
    const called: number[] = [];
    const scheduler = new EventLoopScheduler(() => undefined);
    for (let index = 0; index < 450; index += 1) scheduler.schedule(() => called.push(index));
    const lengths: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await nextRound();
      lengths.push(called.length);
    }
    expect(lengths).to.deep.equal([200, 400, 450]);
    expect(called).to.deep.equal(Array.from({ length: 450 }, (_, index) => index));
  });

  it('reports the error of a function and continues with the others', async () => {
    const errors: unknown[] = [];
    let calls = 0;
    const failure = new Error('write failed');
    const scheduler = new EventLoopScheduler((error) => errors.push(error));
    scheduler.schedule(() => {
      throw failure;
    });
    scheduler.schedule(() => void (calls += 1));
    await nextRound();
    expect(errors).to.deep.equal([failure]);
    expect(calls).to.equal(1);
  });
});

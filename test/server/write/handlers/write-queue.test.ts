import { expect } from 'chai';
import { KeyQueues, type Release } from '../../../../src/server/write/handlers/write-queue.ts';
import { ApiError } from '../../../../src/server/wire/status.ts';
import { settled } from '../../../../src/testing/informers/index.ts';
import { failureOf } from './tasks.ts';

describe('KeyQueues', () => {
  const never = new AbortController().signal;
  let queues: KeyQueues;
  let turns: string[];

  const enter = (key: string, name: string, signal = never): Promise<Release> =>
    queues.enter(key, signal).then((release) => {
      turns.push(name);
      return release;
    });

  beforeEach(() => {
    queues = new KeyQueues();
    turns = [];
  });

  it('lets writers of one key in one after the other, and writers of other keys at once', async () => {
    const first = await enter('a', 'a1');
    const second = enter('a', 'a2');
    const third = enter('a', 'a3');
    await enter('b', 'b1');
    expect(turns).to.deep.equal(['a1', 'b1']);
    first();
    first();
    await settled();
    expect(turns).to.deep.equal(['a1', 'b1', 'a2']);
    (await second)();
    (await third)();
    expect(turns).to.deep.equal(['a1', 'b1', 'a2', 'a3']);
    expect([queues.isBusy('a'), queues.isBusy('b')]).to.deep.equal([false, true]);
  });

  it('keeps the order when a waiting writer gives up', async () => {
    const impatience = new AbortController();
    const first = await enter('a', 'a1');
    const second = enter('a', 'a2', impatience.signal);
    const third = enter('a', 'a3');
    impatience.abort(new Error('too long'));
    expect((await failureOf(second)).message).to.equal('too long');
    await settled();
    expect(turns).to.deep.equal(['a1']);
    first();
    (await third)();
    expect(turns).to.deep.equal(['a1', 'a3']);
    expect(queues.isBusy('a')).to.equal(false);
  });

  it('refuses a writer whose signal is aborted, and more than 256 waiting writers', async () => {
    expect((await failureOf(enter('a', 'x', AbortSignal.abort(new Error('gone'))))).message).to.equal('gone');
    expect(queues.isBusy('a')).to.equal(false);
    const releases = [await enter('a', 'a1')];
    const waiting = Array.from({ length: 255 }, () => enter('a', 'w'));
    const refusal = await failureOf(enter('a', 'x'));
    expect(refusal).to.be.instanceOf(ApiError).with.property('code', 429);
    releases[0]?.();
    for (const one of waiting) (await one)();
    expect(queues.isBusy('a')).to.equal(false);
  });

  it('takes several keys in one order, and releases the taken ones when one fails', async () => {
    const impatience = new AbortController();
    const releaseB = await enter('b', 'b');
    const all = queues.enterAll(['b', 'a', 'b'], impatience.signal);
    await settled();
    expect(queues.isBusy('a')).to.equal(true);
    impatience.abort(new Error('too long'));
    await failureOf(all);
    expect(queues.isBusy('a')).to.equal(false);
    releaseB();
    const release = await queues.enterAll(['b', 'a'], never);
    expect([queues.isBusy('a'), queues.isBusy('b')]).to.deep.equal([true, true]);
    release();
    expect([queues.isBusy('a'), queues.isBusy('b')]).to.deep.equal([false, false]);
  });
});

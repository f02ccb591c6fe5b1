import { expect } from 'chai';
import { KeyLanes, type Leave } from '../../../../src/server/write/handlers/key-lanes.ts';
import { ApiError } from '../../../../src/server/wire/status.ts';
import { settled } from '../../../../src/testing/informers/index.ts';
import { failureOf } from './tasks.ts';

describe('KeyLanes', () => {
  const never = new AbortController().signal;
  let lanes: KeyLanes;
  let turns: string[];

  const enter = (key: string, name: string, signal = never): Promise<Leave> =>
    lanes.enter(key, signal).then((leave) => {
      turns.push(name);
      return leave;
    });

  beforeEach(() => {
    lanes = new KeyLanes();
    turns = [];
  });

  it('lets in one after the other, in order, and others at any time', async () => {
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
    expect([lanes.isBusy('a'), lanes.isBusy('b')]).to.deep.equal([false, true]);
  });

  it('keeps the order when somebody in the middle gives up', async () => {
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
    expect(lanes.isBusy('a')).to.equal(false);
  });

  it('refuses who has given up before, and more than 256', async () => {
    expect((await failureOf(enter('a', 'x', AbortSignal.abort(new Error('gone'))))).message).to.equal('gone');
    expect(lanes.isBusy('a')).to.equal(false);
    const leaves = [await enter('a', 'a1')];
    const waiting = Array.from({ length: 255 }, () => enter('a', 'w'));
    const refusal = await failureOf(enter('a', 'x'));
    expect(refusal).to.be.instanceOf(ApiError).with.property('code', 429);
    leaves[0]?.();
    for (const one of waiting) (await one)();
    expect(lanes.isBusy('a')).to.equal(false);
  });

  it('enters several lanes in one order, and leaves those entered when one cannot be', async () => {
    const impatience = new AbortController();
    const leaveB = await enter('b', 'b');
    const all = lanes.enterAll(['b', 'a', 'b'], impatience.signal);
    await settled();
    expect(lanes.isBusy('a')).to.equal(true);
    impatience.abort(new Error('too long'));
    await failureOf(all);
    expect(lanes.isBusy('a')).to.equal(false);
    leaveB();
    const leave = await lanes.enterAll(['b', 'a'], never);
    expect([lanes.isBusy('a'), lanes.isBusy('b')]).to.deep.equal([true, true]);
    leave();
    expect([lanes.isBusy('a'), lanes.isBusy('b')]).to.deep.equal([false, false]);
  });
});

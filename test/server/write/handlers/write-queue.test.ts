import { expect } from 'chai';
import { KeyQueues, type Release } from '../../../../src/server/write/handlers/write-queue.ts';
import { ApiError } from '../../../../src/server/wire/status.ts';
import { KeyExistsError, WriteOutcomeUnknownError } from '../../../../src/stores/errors.ts';
import { settled } from '../../../../src/testing/informers/index.ts';
import { failureOf, gate, mapHandlers, Rig, task, taskOf } from './tasks.ts';

describe('KeyQueues', () => {
  const never = new AbortController().signal;
  let queues: KeyQueues;
  let entered: string[];

  const enter = (key: string, name: string, signal = never): Promise<Release> =>
    queues.enter(key, signal).then((release) => {
      entered.push(name);
      return release;
    });

  beforeEach(() => {
    queues = new KeyQueues();
    entered = [];
  });

  it('lets writers of one key in one after the other, and writers of other keys at once', async () => {
    const first = await enter('a', 'a1');
    const second = enter('a', 'a2');
    const third = enter('a', 'a3');
    await enter('b', 'b1');
    expect(entered).to.deep.equal(['a1', 'b1']);
    first();
    first();
    await settled();
    expect(entered).to.deep.equal(['a1', 'b1', 'a2']);
    (await second)();
    (await third)();
    expect(entered).to.deep.equal(['a1', 'b1', 'a2', 'a3']);
    expect([queues.isBusy('a'), queues.isBusy('b')]).to.deep.equal([false, true]);
  });

  it('keeps the order when a waiting writer gives up', async () => {
    const client = new AbortController();
    const first = await enter('a', 'a1');
    const second = enter('a', 'a2', client.signal);
    const third = enter('a', 'a3');
    client.abort(new Error('too long'));
    expect((await failureOf(second)).message).to.equal('too long');
    await settled();
    expect(entered).to.deep.equal(['a1']);
    first();
    (await third)();
    expect(entered).to.deep.equal(['a1', 'a3']);
    expect(queues.isBusy('a')).to.equal(false);
  });

  it('refuses a writer whose signal is aborted, and more than 256 writers of one key, with the one that holds it', async () => {
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
    const client = new AbortController();
    const releaseB = await enter('b', 'b');
    const all = queues.enterAll(['b', 'a', 'b'], client.signal);
    await settled();
    expect(queues.isBusy('a')).to.equal(true);
    client.abort(new Error('too long'));
    await failureOf(all);
    expect(queues.isBusy('a')).to.equal(false);
    releaseB();
    const release = await queues.enterAll(['b', 'a'], never);
    expect([queues.isBusy('a'), queues.isBusy('b')]).to.deep.equal([true, true]);
    release();
    expect([queues.isBusy('a'), queues.isBusy('b')]).to.deep.equal([false, false]);
  });
});

describe('WriteQueue', () => {
  let tasks: Map<string, ReturnType<typeof taskOf>>;
  let rig: Rig;

  beforeEach(() => {
    tasks = new Map([['a', taskOf('a', 'one')]]);
  });

  afterEach(() => rig.end.abort());

  it('keeps a key locked after the client has left, and shows the result of the write', async () => {
    const mayReturn = gate();
    const handlers = mapHandlers(tasks);
    rig = await new Rig({
      ...handlers,
      create: async (object, context) => {
        await mayReturn.promise;
        return handlers.create(object, context);
      },
    }).started();
    const { store, signal } = rig;
    const client = new AbortController();
    const write = failureOf(store.create(task('b', 'two'), client.signal));
    await settled();
    client.abort();
    const failure = await write;
    expect(failure).to.be.instanceOf(WriteOutcomeUnknownError);
    expect(failure.message).to.contain('the handler create did not return');
    const next = failureOf(store.create(task('b', 'three'), signal));
    await settled();
    mayReturn.resolve();
    expect(await next).to.be.instanceOf(KeyExistsError);
    expect(rig.rows).to.deep.equal(['a one', 'b two']);
    // Only the next list is scheduled: the key is released.
    expect(rig.clock.waiting).to.equal(1);
  });

  it('releases the key 30 seconds after the client has left, and logs this limit', async () => {
    let isStuck = true;
    const handlers = mapHandlers(tasks);
    rig = await new Rig({
      ...handlers,
      create: (object, context) => (isStuck ? new Promise<never>(() => undefined) : handlers.create(object, context)),
    }).started();
    const client = new AbortController();
    const write = failureOf(rig.store.create(task('b', 'two'), client.signal));
    await settled();
    client.abort();
    await write;
    expect(rig.log.of('warn').join()).to.match(/b can be written again when it returns, or after 30 s$/);
    isStuck = false;
    const next = rig.store.create(task('b', 'three'), rig.signal);
    await rig.clock.run(29_999);
    expect(tasks.has('b')).to.equal(false);
    await rig.clock.run(1);
    await next;
    expect(rig.rows).to.deep.equal(['a one', 'b three']);
  });
});

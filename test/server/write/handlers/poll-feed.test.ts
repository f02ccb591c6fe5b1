import { expect } from 'chai';
import { settled } from '../../../../src/testing/informers/index.ts';
import { taskOf, mapHandlers, Rig } from './tasks.ts';
import { nodeOf } from '../../../../src/informers/collection/collection-node.ts';

describe('PollFeed', () => {
  let tasks: Map<string, ReturnType<typeof taskOf>>;
  let lists: number;
  let failure: Error | undefined;
  let rig: Rig;

  const rigOf = (pollInterval?: number): Rig =>
    new Rig({
      ...mapHandlers(tasks),
      pollInterval,
      list: () => {
        lists += 1;
        if (failure !== undefined) throw failure;
        return tasks.values();
      },
    });

  const status = (): unknown => {
    const [{ ready, message } = { ready: undefined, message: undefined }] = nodeOf(rig.store.objects).sources();
    return { ready, message };
  };

  beforeEach(() => {
    tasks = new Map([['a', taskOf('a', 'one')]]);
    lists = 0;
    failure = undefined;
    rig = rigOf();
  });

  afterEach(() => rig.end.abort());

  it('lists only while it has subscribers', async () => {
    await rig.clock.run(60_000);
    expect(lists).to.equal(0);
    expect(status()).to.deep.equal({ ready: false, message: 'not running: it has no subscribers' });
    await rig.started();
    expect(lists).to.equal(1);
    expect(status()).to.deep.equal({ ready: true, message: undefined });
    await rig.clock.run(20_000);
    expect(lists).to.equal(3);
    rig.end.abort();
    await rig.clock.run(60_000);
    expect(lists).to.equal(3);
    expect(rig.clock.waiting).to.equal(0);
  });

  it('lists ten seconds after the end of the last list by default', async () => {
    await rig.started();
    await rig.clock.run(9_999);
    expect(lists).to.equal(1);
    await rig.clock.run(1);
    expect(lists).to.equal(2);
  });

  it('lists at the interval of the handlers', async () => {
    rig = await rigOf(500).started();
    await rig.clock.run(2000);
    expect(lists).to.equal(5);
  });

  it('emits the changes, and nothing else', async () => {
    await rig.started();
    tasks.set('b', taskOf('b', 'two'));
    await rig.clock.run(10_000);
    tasks.set('a', taskOf('a', 'changed'));
    tasks.delete('b');
    tasks.set('c', taskOf('c', 'three'));
    await rig.clock.run(10_000);
    expect(rig.heard()).to.deep.equal([
      'ADDED a one',
      'ADDED b two',
      'DELETED b two',
      'MODIFIED a changed',
      'ADDED c three',
    ]);
    const { batches } = nodeOf(rig.store.objects).statistics;
    await rig.clock.run(50_000);
    expect(nodeOf(rig.store.objects).statistics.batches).to.equal(batches);
  });

  it('keeps the known objects while lists fail, logs the failure once, and retries with backoff', async () => {
    await rig.started();
    failure = new Error('no database');
    await rig.clock.run(10_000);
    const trouble = 'the list failed: tasks.example.com: list failed: no database';
    expect(status()).to.deep.equal({ ready: true, message: trouble });
    expect(rig.rows).to.deep.equal(['a one']);
    await rig.clock.run(800);
    expect(lists).to.equal(3);
    expect(rig.log.of('error')).to.deep.equal(['tasks.example.com: the list failed']);
    failure = undefined;
    tasks.clear();
    await rig.clock.run(1600);
    expect(status()).to.deep.equal({ ready: true, message: undefined });
    expect(rig.rows).to.deep.equal([]);
    expect(rig.log.of('info')).to.deep.equal(['tasks.example.com: the list works again']);
  });

  it('aborts a list after a minute', async () => {
    let aborted: unknown;
    rig = new Rig({
      list: ({ signal }) =>
        new Promise<never>(() => {
          signal.addEventListener('abort', () => (aborted = signal.reason));
        }),
    });
    await rig.started();
    await rig.clock.run(59_999);
    expect(aborted).to.equal(undefined);
    await rig.clock.run(1);
    expect(aborted).to.be.instanceOf(Error);
    expect(status()).to.deep.equal({
      ready: false,
      message: 'the list failed: tasks.example.com: the handler list did not return in time',
    });
    await settled();
  });
});

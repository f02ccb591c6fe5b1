import { expect } from 'chai';
import { Subject } from 'rxjs';
import type { HandlerEvent, Handlers } from '../../../../src/server/define/handlers.ts';
import { StoreUnavailableError } from '../../../../src/stores/errors.ts';
import { settled } from '../../../../src/testing/informers/index.ts';
import { taskOf, failureOf, gate, mapHandlers, Rig, type Task, task } from './tasks.ts';
import { nodeOf } from '../../../../src/informers/collection/collection-node.ts';

type Event = HandlerEvent<Task>;

/** An AsyncIterable that a test controls. */
class Channel implements AsyncIterable<Event> {
  readonly #events: Event[] = [];
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  isEnded = false;
  isReturned = false;

  push(...events: Event[]): void {
    this.#events.push(...events);
    this.#wake?.();
  }

  end(failure?: Error): void {
    this.isEnded = true;
    this.#failure = failure;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Event> {
    try {
      for (;;) {
        const event = this.#events.shift();
        if (event !== undefined) yield event;
        else if (this.#failure !== undefined) throw this.#failure;
        else if (this.isEnded) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.isReturned = true;
    }
  }
}

const event = (type: 'ADDED' | 'MODIFIED' | 'DELETED', name: string, title: string): Event => ({
  type,
  object: taskOf(name, title),
});
const SYNCED: Event = { type: 'SYNCED' };

describe('WatchFeed', () => {
  let channels: Channel[];
  let signals: AbortSignal[];
  let rig: Rig;
  let channel: Channel;

  const watch: Handlers<Task>['watch'] = ({ signal }) => {
    channel = new Channel();
    channels.push(channel);
    signals.push(signal);
    signal.addEventListener('abort', () => channel.end());
    return channel;
  };

  const message = (): string | undefined => nodeOf(rig.store.objects).sources()[0]?.message;

  const pushed = async (...events: Event[]): Promise<void> => {
    channel.push(...events);
    await settled();
  };

  beforeEach(async () => {
    channels = [];
    signals = [];
    rig = await new Rig({ ...mapHandlers(new Map([['a', taskOf('a', 'one')]])), watch }).started();
  });

  afterEach(() => rig.end.abort());

  it('shows no object before the initial state is complete, and every change after it', async () => {
    await pushed(event('ADDED', 'a', 'one'), event('ADDED', 'b', 'two'), event('DELETED', 'b', 'two'));
    expect(rig.store.objects.hasSynced).to.equal(false);
    expect(message()).to.equal('the first complete state has not arrived');
    await pushed(event('MODIFIED', 'a', 'more'), SYNCED);
    expect(rig.heard()).to.deep.equal(['ADDED a more']);
    await pushed(event('ADDED', 'c', 'three'), event('MODIFIED', 'c', 'four'), event('DELETED', 'a', 'more'), SYNCED);
    expect(rig.heard()).to.deep.equal(['ADDED c three', 'MODIFIED c four', 'DELETED a more']);
    expect(message()).to.equal(undefined);
  });

  for (const [how, end, trouble, errors] of [
    ['ends', (): void => channel.end(), 'the watch has ended', 0],
    ['fails', (): void => channel.end(new Error('no database')), 'the watch failed: no database', 1],
    [
      'delivers an unknown event',
      (): void => channel.push({ type: 'BOOKMARK' } as never),
      'the watch failed: an event has the type "BOOKMARK"',
      1,
    ],
    [
      'delivers no event',
      (): void => channel.push(undefined as never, null as never),
      'the watch failed: an event has the type undefined',
      1,
    ],
    [
      'delivers a value that is not an object',
      (): void => channel.push({ type: 'ADDED', object: {} } as never),
      'the watch failed: the object has no metadata',
      1,
    ],
  ] as const) {
    it(`watches again with backoff when the watch ${how}, and emits the difference`, async () => {
      await pushed(event('ADDED', 'a', 'one'), event('ADDED', 'b', 'two'), event('ADDED', 'c', 'three'), SYNCED);
      rig.heard();
      if (how === 'delivers no event') channel.push({} as never);
      end();
      await settled();
      expect(message()).to.contain(trouble);
      expect(rig.log.of('error')).to.have.length(errors);
      expect(rig.rows).to.deep.equal(['a one', 'b two', 'c three']);
      expect([channels[0]?.isReturned, signals[0]?.aborted, channels.length]).to.deep.equal([true, true, 1]);
      await rig.clock.run(800);
      expect(channels).to.have.length(2);
      await pushed(event('ADDED', 'a', 'one'), event('ADDED', 'b', 'changed'), event('ADDED', 'd', 'new'));
      expect(rig.heard()).to.deep.equal([]);
      await pushed(SYNCED);
      expect(rig.heard()).to.deep.equal(['DELETED c three', 'MODIFIED b changed', 'ADDED d new']);
      expect(message()).to.equal(undefined);
    });
  }

  it('waits longer after each failure', async () => {
    for (const wait of [800, 1600, 3200]) {
      channel.end();
      await rig.clock.run(wait - 1);
      const before = channels.length;
      await rig.clock.run(1);
      expect(channels.length - before).to.equal(1);
    }
  });

  it('ends the watch when the last subscriber leaves', async () => {
    rig.end.abort();
    await settled();
    expect([channels[0]?.isReturned, signals[0]?.aborted]).to.deep.equal([true, true]);
    await rig.clock.run(60_000);
    expect(channels).to.have.length(1);
    expect(rig.clock.waiting).to.equal(0);
  });

  it('accepts an Observable, and unsubscribes from it', async () => {
    const subject = new Subject<Event>();
    rig.end.abort();
    rig = await new Rig({ watch: () => subject }).started();
    subject.next(event('ADDED', 'a', 'one'));
    expect(await failureOf(rig.store.read('a', rig.signal))).to.be.instanceOf(StoreUnavailableError);
    subject.next(SYNCED);
    subject.next(event('ADDED', 'b', 'two'));
    expect(rig.rows).to.deep.equal(['a one', 'b two']);
    expect((await rig.store.read('a', rig.signal))?.object['spec']).to.deep.equal({ title: 'one' });
    subject.next({ type: 'ADDED', object: 7 } as never);
    await settled();
    expect(subject.observed).to.equal(false);
    await rig.clock.run(800);
    expect(subject.observed).to.equal(true);
    subject.error(new Error('no database'));
    await settled();
    expect(message()).to.equal('the watch failed: no database');
  });

  it('rejects a result that is neither', async () => {
    rig.end.abort();
    rig = await new Rig({ watch: () => [] as never }).started();
    expect(message()).to.equal('the watch failed: it returned neither an AsyncIterable nor an Observable');
  });

  it('does not hang on a watch that ignores its signal', async () => {
    rig.end.abort();
    rig = await new Rig({ watch: () => new Promise<never>(() => undefined) }).started();
    rig.end.abort();
    await settled();
    expect(rig.clock.waiting).to.equal(0);
  });

  describe('during writes', () => {
    let revision: number;

    beforeEach(async () => {
      await pushed(event('ADDED', 'a', 'one'), SYNCED);
      revision = (await rig.store.read('a', rig.signal))?.revision ?? 0;
      rig.heard();
    });

    it('ignores states that writes have replaced', async () => {
      for (const title of ['two', 'three', 'four']) {
        ({ revision } = await rig.store.replace(task('a', title), revision, rig.signal));
      }
      await rig.store.delete('a', revision, rig.signal);
      await rig.store.create(task('a', 'five', { uid: 'uid-of-the-new-a' }), rig.signal);
      const written = ['MODIFIED a two', 'MODIFIED a three', 'MODIFIED a four', 'DELETED a four', 'ADDED a five'];
      expect(rig.heard()).to.deep.equal(written);
      // A watch may skip states.
      await pushed(event('MODIFIED', 'a', 'two'), event('MODIFIED', 'a', 'four'), event('DELETED', 'a', 'four'));
      const added = task('a', 'five', { uid: 'uid-of-the-new-a' }) as never;
      await pushed({ type: 'ADDED', object: added });
      expect(rig.heard()).to.deep.equal([]);
      await pushed(event('MODIFIED', 'a', 'two'));
      expect(rig.heard()).to.deep.equal(['MODIFIED a two']);
    });

    it('shows the writes of others in between', async () => {
      await rig.store.replace(task('a', 'two'), revision, rig.signal);
      rig.heard();
      await pushed(event('MODIFIED', 'a', 'two'), event('MODIFIED', 'a', 'elsewhere'));
      expect(rig.heard()).to.deep.equal(['MODIFIED a elsewhere']);
    });

    it('keeps the newer state when the watch delivers a write before the handler returns', async () => {
      const answered = gate();
      const handlers = mapHandlers(new Map([['a', taskOf('a', 'one')]]));
      rig.end.abort();
      rig = await new Rig({
        ...handlers,
        watch,
        replace: async (object, context) => {
          const stored = await handlers.replace(object, context);
          await answered.promise;
          return stored;
        },
      }).started();
      await pushed(event('ADDED', 'a', 'one'), SYNCED);
      const current = await rig.store.read('a', rig.signal);
      rig.heard();
      const write = rig.store.replace(task('a', 'two'), current?.revision ?? 0, rig.signal);
      await pushed(event('MODIFIED', 'a', 'two'), event('MODIFIED', 'a', 'elsewhere'));
      answered.resolve();
      expect((await write).object['spec']).to.deep.equal({ title: 'two' });
      expect(rig.heard()).to.deep.equal(['MODIFIED a two', 'MODIFIED a elsewhere']);
    });

    it('takes the initial state of a new watch, except for objects that were written in the meantime', async () => {
      channel.end();
      await rig.clock.run(800);
      await pushed(event('ADDED', 'a', 'one'));
      await rig.store.replace(task('a', 'two'), revision, rig.signal);
      await rig.store.create(task('b', 'new'), rig.signal);
      rig.heard();
      await pushed(event('ADDED', 'c', 'elsewhere'), SYNCED);
      expect(rig.heard()).to.deep.equal(['ADDED c elsewhere']);
      await pushed(event('MODIFIED', 'a', 'two'), event('ADDED', 'b', 'new'), event('DELETED', 'b', 'new'));
      expect(rig.heard()).to.deep.equal(['DELETED b new']);
      expect(rig.rows).to.deep.equal(['a two', 'c elsewhere']);
    });
  });
});

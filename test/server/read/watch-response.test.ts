import { expect } from 'chai';
import { partsOf } from '../../../src/server/define/opaque.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import type { Interest } from '../../../src/projections/interest.ts';
import type { MaterializedView } from '../../../src/projections/materialized-view.ts';
import type { Row } from '../../../src/projections/row.ts';
import { ServedResource } from '../../../src/server/write/served-resource.ts';
import { WatchCounts } from '../../../src/server/read/served-view.ts';
import { BookmarkTimer } from '../../../src/server/read/bookmark-timer.ts';
import {
  type FrameEncoder,
  type FrameSink,
  type WatchResponseOptions,
  WatchResponse,
} from '../../../src/server/read/watch-response.ts';
import { FakeClock, fakeInformer, type FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { podSummaries, RecordedLog } from '../../support/test-server.ts';

/** A sink that accepts `room` writes and is then full until it is drained. */
class FakeSink implements FrameSink {
  readonly #text: string[] = [];
  readonly #waiting: (() => void)[] = [];
  room = Number.POSITIVE_INFINITY;
  writes = 0;
  ends = 0;

  write(frame: Buffer): boolean {
    if (this.ends > 0) throw new Error('a write after the end');
    this.writes += 1;
    this.#text.push(frame.toString());
    this.room -= 1;
    return this.room > 0;
  }

  onDrain(callback: () => void): void {
    this.#waiting.push(callback);
  }

  end(): void {
    this.ends += 1;
  }

  get listeners(): number {
    return this.#waiting.length;
  }

  drain(room = Number.POSITIVE_INFINITY): void {
    this.room = room;
    for (const callback of this.#waiting.splice(0)) callback();
  }

  /** The written lines. */
  get lines(): string[] {
    return this.#text.join('').split('\n').slice(0, -1);
  }
}

const line = (type: string, row: Row): Buffer =>
  Buffer.from(`${type} ${row.key} ${(row.object['status'] as { phase: string }).phase}\n`);

const textEncoder = (): FrameEncoder => ({
  initial: (row) => line('ADDED', row),
  event: ({ type, row }) => line(type, row),
  bookmark: (_position, end) => Buffer.from(end ? 'END\n' : 'BOOKMARK\n'),
  failure: (error) => Buffer.from(`ERROR ${(error as Error).message}\n`),
  expired: () => Buffer.from('ERROR 410\n'),
});

/** Like {@link textEncoder}, with the position of each bookmark. */
const withPositions = (): FrameEncoder => ({
  ...textEncoder(),
  bookmark: (position) => Buffer.from(`BOOKMARK ${position}\n`),
});

describe('WatchResponse', () => {
  let clock: FakeClock;
  let pods: FakeInformer<V1Pod>;
  let view: MaterializedView;
  let sink: FakeSink;

  const selecting = (matches: (row: Row) => boolean): Interest => ({ id: 'test', condition: undefined, matches });

  const open = (options: Partial<WatchResponseOptions> = {}, interest?: Interest): WatchResponse => {
    const { position } = view.snapshot();
    const response = new WatchResponse(
      {
        cursor: view.watchFrom(position, interest),
        scheduler: { schedule: (write) => write() },
        initial: undefined,
        initialEventsEnd: false,
        bookmarks: false,
        lifetime: 1_800_000,
        encoder: textEncoder(),
        counts: new WatchCounts(),
        clock,
        random: () => 0.5,
        bookmarkTimer: new BookmarkTimer(clock, options.random ?? (() => 0.5)),
        checkAhead: undefined,
        ...options,
      },
      sink,
    );
    response.start();
    return response;
  };
  const initial = (): Iterator<Row> => view.snapshot().rows.range('');
  const many = (count: number, namespace = 'shop'): V1Pod[] =>
    Array.from({ length: count }, (_, i) => pod(`${namespace}/p${String(i).padStart(5, '0')}`));
  /** Expects that the response has left no timer and no cursor. */
  const expectNoLeak = (): void => {
    expect(clock.waiting, 'clock').to.equal(0);
    expect(view.watchers, 'cursors').to.equal(0);
    expect(sink.ends, 'ends').to.equal(1);
  };

  const viewOf = (log = {}): MaterializedView => {
    const served = new ServedResource({ group: 'example.com', version: 'v1' }, partsOf(podSummaries(pods, { log })), {
      clock,
      random: () => 0.5,
      log: new RecordedLog(),
    });
    served.read.view.start();
    return served.read.view;
  };

  beforeEach(() => {
    clock = new FakeClock();
    pods = fakeInformer(pod('shop/a', { phase: 'Running' }), pod('shop/b', { phase: 'Pending' }));
    view = viewOf();
    sink = new FakeSink();
  });

  afterEach(() => view.stop());

  describe('initially', () => {
    it('sends rows in order, the end bookmark exactly once, then changes', () => {
      open({ initial: initial(), initialEventsEnd: true, bookmarks: true });
      pods.add(pod('shop/c'));
      expect(sink.lines).to.deep.equal(['ADDED shop/a Running', 'ADDED shop/b Pending', 'END', 'ADDED shop/c Pending']);
    });

    it('sends the end bookmark when there are no rows', () => {
      pods.delete('shop/a', 'shop/b');
      open({ initial: initial(), initialEventsEnd: true });
      expect(sink.lines).to.deep.equal(['END']);
    });

    it('pauses between slices, and then continues with the changes in between', () => {
      pods.add(...many(1200));
      open({ initial: initial(), initialEventsEnd: true });
      expect(sink.lines).to.have.length(500);
      pods.delete('shop/p00007');
      pods.add(pod('shop/z'));
      expect(sink.lines).to.have.length(500);
      clock.advance(0);
      expect(sink.lines).to.have.length(1205);
      expect(sink.lines.slice(1201)).to.deep.equal([
        'ADDED shop/p01199 Pending',
        'END',
        'DELETED shop/p00007 Pending',
        'ADDED shop/z Pending',
      ]);
      expect(clock.waiting).to.equal(1);
    });

    it('limits a slice by bytes, too', () => {
      const big = 'x'.repeat(300_000);
      open({
        initial: initial(),
        encoder: { ...textEncoder(), initial: (row) => Buffer.from(`ADDED ${row.key} ${big}\n`) },
      });
      expect(sink.lines).to.have.length(1);
      clock.advance(0);
      expect(sink.lines).to.have.length(2);
    });

    it('stops reading while the sink is full, and continues where it stopped', () => {
      pods.add(...many(1200));
      sink.room = 1;
      open({ initial: initial(), initialEventsEnd: true });
      pods.add(pod('shop/z'));
      clock.advance(1000);
      expect(sink.lines).to.have.length(500);
      sink.drain(1);
      expect(sink.lines).to.have.length(1000);
      sink.drain();
      expect(sink.lines).to.have.length(1204);
      expect(sink.lines.slice(-2)).to.deep.equal(['END', 'ADDED shop/z Pending']);
    });

    it('leaves no timer and no cursor when the client disconnects during the initial events', () => {
      pods.add(...many(1200));
      sink.room = 1;
      const response = open({ initial: initial(), initialEventsEnd: true, bookmarks: true });
      response.close();
      expectNoLeak();
      sink.drain();
      pods.add(pod('shop/z'));
      expect(sink.writes).to.equal(1);
    });

    it('ends without an end bookmark when the log is lost', () => {
      pods.add(...many(1200));
      sink.room = 1;
      open({ initial: initial(), initialEventsEnd: true });
      pods.replace(pod('shop/a', { phase: 'Failed' }));
      sink.drain();
      clock.advance(3000);
      expect(sink.lines).to.have.length(500);
      expect(sink.lines).to.not.include('END');
      expectNoLeak();
    });
  });

  describe('with a selection (conformance 2.4)', () => {
    const running = (row: Row): boolean => (row.object['status'] as { phase: string }).phase === 'Running';

    it('converts events of rows that enter or leave the selection', () => {
      open({}, selecting(running));
      pods.modify(pod('shop/b', { phase: 'Failed' }));
      pods.modify(pod('shop/b', { phase: 'Running' }));
      pods.modify(pod('shop/b', { phase: 'Running', labels: { x: 'y' } }));
      pods.modify(pod('shop/b', { phase: 'Failed' }));
      pods.delete('shop/b', 'shop/a');
      expect(sink.lines).to.deep.equal([
        'ADDED shop/b Running',
        'MODIFIED shop/b Running',
        'DELETED shop/b Running',
        'DELETED shop/a Running',
      ]);
    });

    it('examines at most 500 rows of the log in one write, selected or not', () => {
      let examined = 0;
      const { position } = view.snapshot();
      for (const each of many(600)) pods.add(each);
      const interest = selecting(() => (examined += 1) < 0);
      open({ cursor: view.watchFrom(position, interest) });
      expect(examined).to.equal(500);
      clock.advance(0);
      expect(examined).to.equal(600);
    });
  });

  describe('with a slow reader', () => {
    it('reads nothing while the sink is full, and loses nothing', () => {
      sink.room = 1;
      const response = open();
      pods.add(pod('shop/c'));
      for (const each of many(30)) pods.add(each);
      expect(sink.writes).to.equal(1);
      expect(sink.listeners).to.equal(1);
      sink.drain();
      expect(sink.lines).to.have.length(31);
      response.close();
      expect(sink.listeners).to.equal(0);
    });

    it('sends a long backlog in slices', () => {
      sink.room = 1;
      open();
      for (const each of many(5000)) pods.add(each);
      expect(sink.lines).to.have.length(1);
      sink.drain();
      expect(sink.lines).to.have.length(501);
      clock.advance(0);
      expect(sink.lines).to.have.length(5000);
      expect(sink.lines.at(-1)).to.equal('ADDED shop/p04999 Pending');
      expect(clock.waiting).to.equal(1);
    });

    it('ends when the reader falls out of the log, after events without gaps', () => {
      view.stop();
      view = viewOf({ entries: 50 });
      sink.room = 3;
      open();
      const added = many(100);
      for (const each of added) pods.add(each);
      sink.drain();
      expect(sink.lines).to.deep.equal(added.slice(0, 3).map((each) => `ADDED shop/${each.metadata?.name} Pending`));
      expectNoLeak();
    });

    it('is not delayed by another watch whose client does not read', () => {
      const slow = sink;
      slow.room = 1;
      open();
      sink = new FakeSink();
      open();
      for (const each of many(30)) pods.add(each);
      expect(sink.lines).to.have.length(30);
      expect(slow.lines).to.have.length(1);
    });
  });

  describe('bookmarks', () => {
    it('are sent every minute and two seconds before the deadline, whether the position has changed or not', () => {
      open({ bookmarks: true, lifetime: 150_000, encoder: withPositions() });
      const start = view.position;
      clock.advance(59_999);
      expect(sink.lines).to.deep.equal([]);
      clock.advance(1);
      expect(sink.lines).to.deep.equal([`BOOKMARK ${start}`]);
      pods.bookmark();
      clock.advance(60_000);
      expect(sink.lines.slice(1)).to.deep.equal([`BOOKMARK ${view.position}`]);
      expect(view.position > start).to.equal(true);
      clock.advance(27_999);
      expect(sink.lines).to.have.length(2);
      clock.advance(1);
      expect(sink.lines.slice(2)).to.deep.equal([`BOOKMARK ${view.position}`]);
      clock.advance(2000);
      expectNoLeak();
    });

    it('have the version of the client while the client is ahead of this replica', () => {
      const ahead = view.position + (5n << 20n);
      open({ cursor: view.watchFrom(ahead), bookmarks: true, encoder: withPositions() });
      pods.bookmark();
      clock.advance(60_000);
      expect(sink.lines).to.deep.equal([`BOOKMARK ${ahead}`]);
    });

    it('are independent of the checks of a watch that starts ahead of this replica, once a minute', () => {
      let checks = 0;
      const response = open({ checkAhead: () => (checks += 1) });
      clock.advance(59_000);
      expect(checks).to.equal(0);
      clock.advance(2_000);
      expect([checks, sink.lines]).to.deep.equal([1, []]);
      response.close();
      clock.advance(120_000);
      expect(checks).to.equal(1);
      expectNoLeak();
    });

    it('of many watches need one timer', () => {
      const bookmarkTimer = new BookmarkTimer(clock, () => 0.5);
      const responses = [1, 2, 3].map(() => open({ bookmarks: true, bookmarkTimer }));
      // The deadline of each watch, its last bookmark, and the timer.
      expect(clock.waiting).to.equal(3 * 2 + 1);
      clock.advance(60_000);
      expect(sink.lines).to.deep.equal(['BOOKMARK', 'BOOKMARK', 'BOOKMARK']);
      responses.forEach((response) => response.close());
      expect(clock.waiting).to.equal(0);
    });

    it('are not sent unless the client asked for them', () => {
      open({ lifetime: 150_000 });
      pods.bookmark();
      clock.advance(150_000);
      expect(sink.lines).to.deep.equal([]);
      expectNoLeak();
    });

    it('are sent to a watcher even if no selected row changes', () => {
      open(
        { bookmarks: true },
        selecting(() => false),
      );
      pods.add(pod('zoo/x'));
      clock.advance(61_000);
      expect(sink.lines).to.deep.equal(['BOOKMARK']);
    });

    it('do not overtake events', () => {
      sink.room = 1;
      open({ bookmarks: true });
      pods.add(pod('shop/c'), pod('shop/d'));
      clock.advance(61_000);
      expect(sink.lines).to.deep.equal(['ADDED shop/c Pending']);
      sink.drain();
      clock.advance(61_000);
      expect(sink.lines).to.deep.equal(['ADDED shop/c Pending', 'ADDED shop/d Pending', 'BOOKMARK']);
    });

    it('of watches that start together are spread over time', () => {
      const other = sink;
      open({ bookmarks: true, random: () => 0 });
      sink = new FakeSink();
      open({ bookmarks: true, random: () => 0.999 });
      pods.bookmark();
      clock.advance(59_000);
      expect(other.lines).to.have.length(1);
      expect(sink.lines).to.have.length(0);
      clock.advance(2500);
      expect(sink.lines).to.have.length(1);
    });
  });

  describe('ends', () => {
    it('at its deadline, after complete lines', () => {
      open({ lifetime: 5000 });
      clock.advance(4999);
      expect(sink.ends).to.equal(0);
      clock.advance(1);
      expectNoLeak();
    });

    it('after a random delay when a relist changed several rows, with no event in between', () => {
      open({ bookmarks: true, random: () => 0.5 });
      pods.replace(pod('shop/a', { phase: 'Failed' }), pod('shop/b', { phase: 'Failed' }));
      pods.add(pod('shop/c'));
      pods.bookmark();
      clock.advance(1499);
      expect(sink.ends).to.equal(0);
      clock.advance(1);
      expect(sink.lines).to.deep.equal([]);
      expectNoLeak();
    });

    it('without a bookmark between a relist and the delayed end', () => {
      open({ bookmarks: true, random: () => 0.999 });
      // The bookmark of each minute would come within the delay.
      clock.advance(58_500);
      pods.replace(pod('shop/a', { phase: 'Failed' }), pod('shop/b', { phase: 'Failed' }));
      clock.advance(2900);
      expect([sink.lines, sink.ends]).to.deep.equal([[], 0]);
      clock.advance(100);
      expect([sink.lines, sink.ends]).to.deep.equal([[], 1]);
    });

    it('not after a relist that changed one row', () => {
      open();
      pods.replace(pod('shop/a', { phase: 'Failed' }), pod('shop/b', { phase: 'Pending' }));
      clock.advance(5000);
      expect(sink.ends).to.equal(0);
      expect(sink.lines).to.deep.equal(['MODIFIED shop/a Failed']);
    });

    it('at once when the source is removed', () => {
      open();
      pods.gone();
      expect(sink.lines).to.deep.equal([]);
      expectNoLeak();
    });

    it('at once when the view is stopped', () => {
      open();
      view.stop();
      expectNoLeak();
    });

    it('only once when it is closed twice', () => {
      const response = open();
      response.close();
      response.close();
      expectNoLeak();
    });

    it('with an ERROR when an event cannot be encoded, without effect on other watches', () => {
      const broken = sink;
      const event: FrameEncoder['event'] = ({ type, row }) => {
        if (row.name === 'bad') throw new Error('no frame');
        return line(type, row);
      };
      open({ encoder: { ...textEncoder(), event } });
      sink = new FakeSink();
      open();
      pods.add(pod('shop/good'), pod('shop/bad'), pod('shop/more'));
      expect(broken.lines).to.deep.equal(['ADDED shop/good Pending', 'ERROR no frame']);
      expect(broken.ends).to.equal(1);
      expect(sink.lines).to.have.length(3);
      expect(view.watchers).to.equal(1);
    });

    it('with the events before the failure and an ERROR, also in the initial events', () => {
      pods.add(pod('shop/bad'), pod('shop/c'));
      const first: FrameEncoder['initial'] = (row) => {
        if (row.name === 'bad') throw new Error('no frame');
        return line('ADDED', row);
      };
      open({ initial: initial(), initialEventsEnd: true, encoder: { ...textEncoder(), initial: first } });
      expect(sink.lines).to.deep.equal(['ADDED shop/a Running', 'ADDED shop/b Pending', 'ERROR no frame']);
      expectNoLeak();
    });
  });
});

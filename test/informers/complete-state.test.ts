/** Which pages are requested when, and how many objects are prepared in one turn of the event loop. */
import { expect } from 'chai';
import { type CompleteState, pagedList, singlePageList } from '../../src/informers/complete-state.ts';
import { IncompleteListError } from '../../src/informers/errors.ts';
import { Ingest } from '../../src/informers/ingest.ts';
import type { ListOptions, ListPage, ListWatch } from '../../src/informers/list-watch.ts';
import { fakeClock, settled } from '../../src/testing/informers/fake-clock.ts';

interface Thing {
  readonly metadata: { readonly name: string };
}
const things = (from: number, count: number): Thing[] =>
  Array.from({ length: count }, (_, index) => ({ metadata: { name: `thing-${from + index}` } }));

/** A server whose pages arrive when the test sends them. */
class SlowServer implements ListWatch<Thing> {
  readonly name = 'things';
  readonly requests: { readonly options: ListOptions; readonly signal: AbortSignal; send: (page: object) => void }[] =
    [];

  list(options: ListOptions, signal: AbortSignal): Promise<ListPage<Thing>> {
    return new Promise((resolve) => {
      const send = (page: object): void =>
        resolve({ items: [], apiVersion: 'v1', kind: 'ThingList', resourceVersion: '7', continue: undefined, ...page });
      this.requests.push({ options, signal, send });
    });
  }
  watch(): never {
    throw new Error('not used');
  }
  read(way: typeof pagedList): Promise<CompleteState<Thing>> {
    const { signal } = new AbortController();
    return way({ listWatch: this, ingest: new Ingest<Thing>({}), clock: fakeClock(), signal, notOlderThan: undefined });
  }
}

describe('pagedList()', () => {
  it('requests one page ahead: when a page has arrived, and before it is decoded', async () => {
    const server = new SlowServer();
    const reading = server.read(pagedList);
    const decoded: number[] = [];
    async function* slices(from: number): AsyncGenerator<readonly Thing[], void, void> {
      decoded.push(server.requests.length);
      yield things(from, 3);
    }
    for (const page of [0, 1, 2, 3]) {
      await settled();
      expect(server.requests).to.have.length(page + 1);
      server.requests[page]?.send({ slices: slices(page * 3), continue: page === 3 ? undefined : `${page}` });
    }
    expect((await reading).objects.size).to.equal(12);
    // While page n is decoded, page n + 1 is on its way, and none after it.
    expect(decoded).to.deep.equal([2, 3, 4, 4]);
    expect(server.requests.map(({ options }) => options.continue)).to.deep.equal([undefined, '0', '1', '2']);
  });

  it('does not request the page after one that has arrived while the page before it is decoded', async () => {
    const server = new SlowServer();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* slices(): AsyncGenerator<readonly Thing[], void, void> {
      await held;
      yield things(0, 3);
    }
    const reading = server.read(pagedList);
    server.requests[0]?.send({ slices: slices(), continue: 'a' });
    await settled();
    server.requests[1]?.send({ items: things(3, 3), continue: 'b' });
    await settled();
    expect(server.requests).to.have.length(2);
    release();
    await settled();
    expect(server.requests).to.have.length(3);
    server.requests[2]?.send({ items: things(6, 3) });
    expect((await reading).objects.size).to.equal(9);
  });

  it('ends the request for the next page when a page cannot be decoded', async () => {
    const server = new SlowServer();
    const reading = server.read(pagedList).catch((error: unknown) => error);
    const failure = new Error('not JSON');
    // eslint-disable-next-line require-yield
    async function* slices(): AsyncGenerator<readonly Thing[], void, void> {
      throw failure;
    }
    server.requests[0]?.send({ slices: slices(), continue: 'a' });
    expect(await reading).to.equal(failure);
    expect(server.requests.map(({ signal }) => signal.aborted)).to.deep.equal([false, true]);
  });

  it('requests no page after one with another version', async () => {
    const server = new SlowServer();
    const reading = server.read(pagedList).catch((error: unknown) => error);
    for (const attempt of [0, 2]) {
      server.requests[attempt]?.send({ items: things(0, 1), continue: 'a' });
      await settled();
      server.requests[attempt + 1]?.send({ items: things(1, 1), continue: 'b', resourceVersion: '8' });
      await settled();
    }
    expect(await reading).to.be.instanceOf(IncompleteListError);
    expect(server.requests).to.have.length(4);
  });
});

describe('singlePageList()', () => {
  it('prepares at most 500 objects in one turn of the event loop', async () => {
    const server = new SlowServer();
    const reading = server.read(singlePageList);
    const prepared = new Set<string>();
    const items = things(0, 1700).map(({ metadata }) =>
      Object.defineProperty({}, 'metadata', {
        enumerable: true,
        get: () => {
          prepared.add(metadata.name);
          return metadata;
        },
      }),
    );
    server.requests[0]?.send({ items });
    const sizes: number[] = [];
    while (prepared.size < 1700) {
      await settled();
      sizes.push(prepared.size);
    }
    expect(sizes).to.deep.equal([500, 1000, 1500, 1700]);
    expect((await reading).objects.size).to.equal(1700);
  });
});

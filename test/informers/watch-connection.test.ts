import { expect } from 'chai';
import { IdleTimeoutError } from '../../src/informers/errors.ts';
import { SILENT, WatchConnection } from '../../src/informers/watch-connection.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';
import { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';
import { pod } from '../../src/testing/informers/objects.ts';

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );

describe('WatchConnection', () => {
  let clock: FakeClock;
  let upstream: FakeListWatch<V1Pod>;
  let stop: AbortController;

  beforeEach(() => {
    clock = new FakeClock();
    upstream = new FakeListWatch<V1Pod>([], { name: 'pods' });
    stop = new AbortController();
  });

  const open = (): Promise<WatchConnection<V1Pod>> => {
    const options = { resourceVersion: String(upstream.revision), timeoutSeconds: 300 };
    return WatchConnection.open({ listWatch: upstream, clock, signal: stop.signal, options });
  };

  it('returns frames, and undefined at the end', async () => {
    const connection = await open();
    upstream.put(pod('a/a'));
    expect(await connection.next()).to.have.property('type', 'ADDED');
    expect(connection.frames).to.equal(1);
    upstream.endWatches();
    expect(await connection.next()).to.equal(undefined);
    connection.close();
    expect([clock.waiting, upstream.openWatches]).to.deep.equal([0, 0]);
  });

  it('does not count initial events', async () => {
    const connection = await open();
    upstream.put(pod('a/a'));
    await connection.next();
    connection.endInitialEvents();
    expect(connection.frames).to.equal(0);
    connection.close();
  });

  it('fails 30 s after the timeout that the server has not kept', async () => {
    const connection = await open();
    const failure = failureOf(connection.next());
    clock.advance(329_999);
    expect(clock.waiting).to.equal(1);
    clock.advance(1);
    expect(await failure).to.be.instanceOf(IdleTimeoutError);
    connection.close();
  });

  it('reports a silence, and loses no frame that comes later', async () => {
    const connection = await open();
    const silent = connection.nextUnlessSilent(10_000);
    clock.advance(6_000);
    upstream.put(pod('a/a'));
    expect(await silent).to.have.property('type', 'ADDED');
    const next = connection.nextUnlessSilent(10_000);
    clock.advance(9_999);
    expect(clock.waiting).to.equal(2);
    clock.advance(1);
    expect(await next).to.equal(SILENT);
    const arrived = connection.arrived();
    upstream.put(pod('a/b'));
    await arrived;
    expect(await connection.nextUnlessSilent(10_000)).to.have.nested.property('object.metadata.name', 'b');
    connection.close();
    expect(clock.waiting).to.equal(0);
  });

  it('is not silent for a time after it was confirmed', async () => {
    const connection = await open();
    const next = connection.nextUnlessSilent(10_000);
    clock.advance(6_000);
    connection.confirm();
    clock.advance(4_000);
    expect(clock.waiting).to.equal(2);
    clock.advance(6_000);
    expect(await next).to.equal(SILENT);
    connection.close();
  });

  it('fails 10 s after a request that the server has not accepted', async () => {
    upstream.watch = () => new Promise(() => undefined);
    const failure = failureOf(open());
    clock.advance(10_000);
    expect(await failure).to.be.instanceOf(IdleTimeoutError);
    expect(clock.waiting).to.equal(0);
  });

  it('fails with the error of its owner', async () => {
    const connection = await open();
    const failure = failureOf(connection.nextUnlessSilent(10_000));
    connection.fail(new Error('enough'));
    expect(await failure).to.have.property('message', 'enough');
    connection.close();
    expect(clock.waiting).to.equal(0);
  });

  it('has lasted for the minimum after a second', async () => {
    const connection = await open();
    clock.advance(999);
    expect(connection.hasLastedMinimum).to.equal(false);
    clock.advance(1);
    expect(connection.hasLastedMinimum).to.equal(true);
    connection.close();
  });

  it('fails with the reason of its signal', async () => {
    const connection = await open();
    const failure = failureOf(connection.next());
    stop.abort(new Error('enough'));
    expect(await failure).to.have.property('message', 'enough');
    expect(await failureOf(open())).to.have.property('message', 'enough');
    connection.close();
    expect(clock.waiting).to.equal(0);
  });

  it('leaves no timer if the server refuses the watch', async () => {
    upstream.watchable = false;
    expect(await failureOf(open())).to.have.property('code', 405);
    expect(clock.waiting).to.equal(0);
  });
});

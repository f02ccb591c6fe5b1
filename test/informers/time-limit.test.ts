import { expect } from 'chai';
import { IdleTimeoutError } from '../../src/informers/errors.ts';
import { withTimeLimit } from '../../src/informers/time-limit.ts';
import { FakeClock } from '../../src/testing/informers/fake-clock.ts';

describe('withTimeLimit()', () => {
  const clock = new FakeClock();
  let stop: AbortController;

  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(() => expect(clock.waiting).to.equal(0));

  const run = <R>(request: (signal: AbortSignal) => Promise<R>): Promise<unknown> =>
    withTimeLimit({ clock, milliseconds: 1000, signal: stop.signal, what: 'pods: a list' }, request).catch(
      (error: unknown) => error,
    );

  it('returns the result of the request', async () => {
    expect(await run(async () => 5)).to.equal(5);
  });

  it('ends a request that ignores its signal, and aborts the signal', async () => {
    let aborted = false;
    const result = run((signal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise(() => undefined);
    });
    clock.advance(1000);
    expect(await result)
      .to.be.instanceOf(IdleTimeoutError)
      .with.property('message', 'pods: a list took longer than 1 s');
    expect(aborted).to.equal(true);
  });

  it('fails with the reason of the signal', async () => {
    const result = run(() => new Promise(() => undefined));
    stop.abort(new Error('enough'));
    expect(await result).to.have.property('message', 'enough');
    expect(await run(async () => 5)).to.have.property('message', 'enough');
  });
});

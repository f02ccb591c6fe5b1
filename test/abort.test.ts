import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import { LinkedAbort, onAbort, unlessAborted } from '../src/abort.ts';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail('the promise was fulfilled'),
    (error: unknown) => error,
  );

describe('onAbort()', () => {
  it('calls the listener once, when the signal is aborted', () => {
    const controller = new AbortController();
    let calls = 0;
    onAbort(controller.signal, () => (calls += 1));
    expect(calls).to.equal(0);
    controller.abort();
    controller.abort();
    expect(calls).to.equal(1);
    expect(listeners(controller.signal)).to.equal(0);
  });

  it('calls the listener at once if the signal is already aborted', () => {
    let calls = 0;
    onAbort(AbortSignal.abort(), () => (calls += 1))();
    expect(calls).to.equal(1);
  });

  it('does not call a listener that was removed', () => {
    const controller = new AbortController();
    const remove = onAbort(controller.signal, () => expect.fail('the listener was called'));
    remove();
    remove();
    expect(listeners(controller.signal)).to.equal(0);
    controller.abort();
  });
});

describe('LinkedAbort', () => {
  it('aborts with the parent, for the same reason', () => {
    const parent = new AbortController();
    const linked = new LinkedAbort(parent.signal, undefined);
    expect(linked.signal.aborted).to.equal(false);
    parent.abort('shutdown');
    expect(linked.signal.reason).to.equal('shutdown');
    expect(listeners(parent.signal)).to.equal(0);
  });

  it('is aborted from the start if a parent is', () => {
    expect(new LinkedAbort(AbortSignal.abort('shutdown')).signal.reason).to.equal('shutdown');
  });

  it('keeps the reason of the parent that is aborted first', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const linked = new LinkedAbort(first.signal, second.signal);
    second.abort('second');
    first.abort('first');
    expect(linked.signal.reason).to.equal('second');
  });

  it('leaves the parent as it is, and removes its listener, when it is aborted itself', () => {
    const parent = new AbortController();
    const linked = new LinkedAbort(parent.signal);
    expect(listeners(parent.signal)).to.equal(1);
    linked.abort('timeout');
    expect(linked.signal.reason).to.equal('timeout');
    expect(parent.signal.aborted).to.equal(false);
    expect(listeners(parent.signal)).to.equal(0);
  });

  it('is no longer aborted by the parent after unlink()', () => {
    const parent = new AbortController();
    const linked = new LinkedAbort(parent.signal);
    linked.unlink();
    linked.unlink();
    expect(listeners(parent.signal)).to.equal(0);
    parent.abort();
    expect(linked.signal.aborted).to.equal(false);
  });
});

describe('unlessAborted()', () => {
  it('settles like the promise, and removes its listener', async () => {
    const { signal } = new AbortController();
    const failure = new Error('failed');
    expect(await unlessAborted(Promise.resolve(1), signal)).to.equal(1);
    expect(await failureOf(unlessAborted(Promise.reject(failure), signal))).to.equal(failure);
    expect(listeners(signal)).to.equal(0);
  });

  it('rejects with the reason of a signal that is aborted first, and ignores the later failure', async () => {
    const controller = new AbortController();
    const { promise, reject } = Promise.withResolvers<void>();
    const failure = failureOf(unlessAborted(promise, controller.signal));
    controller.abort('shutdown');
    reject(new Error('too late'));
    expect(await failure).to.equal('shutdown');
    expect(await failureOf(unlessAborted(promise, controller.signal))).to.equal('shutdown');
  });
});

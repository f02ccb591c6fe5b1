import { expect } from 'chai';
import { afterwards, catching, ending } from '../src/step.ts';

const failure = new Error('failed');
const failed = (): never => {
  throw failure;
};
const rejected = (): Promise<number> => Promise.reject(failure);
const errorOf = (promise: unknown): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('afterwards()', () => {
  it('calls the function at once with the result of a step that is done', () => {
    expect(afterwards(1, (value) => value + 1)).to.equal(2);
  });

  it('calls the function with the result of a step that waits', async () => {
    expect(await afterwards(Promise.resolve(1), (value) => value + 1)).to.equal(2);
  });

  it('does not call the function after an error', async () => {
    let calls = 0;
    const count = (): number => (calls += 1);
    expect(await errorOf(afterwards(rejected(), count))).to.equal(failure);
    expect(calls).to.equal(0);
  });
});

describe('ending()', () => {
  it('calls the function once, after each kind of end', async () => {
    let ends = 0;
    const end = (): void => void (ends += 1);
    expect(ending(() => 1, end)).to.equal(1);
    expect(ends).to.equal(1);
    expect(() => ending(failed, end)).to.throw(failure);
    expect(ends).to.equal(2);
    const waiting = ending(() => Promise.resolve(1), end);
    expect(ends).to.equal(2);
    expect(await waiting).to.equal(1);
    expect(ends).to.equal(3);
    expect(await errorOf(ending(rejected, end))).to.equal(failure);
    expect(ends).to.equal(4);
  });
});

describe('catching()', () => {
  it('returns the result of the function for a step that fails', async () => {
    expect(catching(failed, (error) => error === failure)).to.equal(true);
    expect(await catching(rejected, (error) => (error === failure ? 2 : 3))).to.equal(2);
  });

  it('returns the result of a step that does not fail', async () => {
    expect(catching(() => 1, failed)).to.equal(1);
    expect(await catching(() => Promise.resolve(1), failed)).to.equal(1);
  });
});

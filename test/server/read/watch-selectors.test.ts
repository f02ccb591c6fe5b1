import { expect } from 'chai';
import { WatchSelectors } from '../../../src/server/read/watch-selectors.ts';
import { ApiError } from '../../../src/server/wire/api-error.ts';

describe('WatchSelectors', () => {
  const add = (selectors: WatchSelectors, id: string, requirements: number): AbortController => {
    const controller = new AbortController();
    selectors.add(id, requirements, { maximum: 10, signal: controller.signal });
    return controller;
  };

  it('counts equal selectors once, until the last of their watches ends', () => {
    const selectors = new WatchSelectors();
    const [one, two, other] = [add(selectors, 'a', 3), add(selectors, 'a', 3), add(selectors, 'b', 0)];
    expect(selectors.requirements).to.equal(5);
    one.abort();
    other.abort();
    expect(selectors.requirements).to.equal(4);
    two.abort();
    expect(selectors.requirements).to.equal(0);
  });

  it('refuses a new selector above the maximum with 429, and accepts a known one', () => {
    const selectors = new WatchSelectors();
    const first = add(selectors, 'a', 9);
    expect(() => add(selectors, 'b', 0))
      .to.throw(ApiError, 'the open watches have more than 10 requirements in different selectors')
      .with.property('code', 429);
    add(selectors, 'a', 9);
    expect(selectors.requirements).to.equal(10);
    first.abort();
    expect(selectors.requirements).to.equal(10);
  });
});

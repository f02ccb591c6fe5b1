import { expect } from 'chai';
import { keyKeeping, markRowWise, operatorOf, rowWiseStepOf } from '../../../src/informers/collection/lineage.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';

describe('markRowWise()', () => {
  it('connects an operator and its step in both directions', () => {
    const operator = (): void => {};
    const step = { operator: 'map', text: 'n + 1' };
    expect(markRowWise(operator, step)).to.equal(operator);
    expect(rowWiseStepOf(operator)).to.equal(step);
    expect(operatorOf(step)).to.equal(operator);
  });

  it('does not affect other operators and steps', () => {
    expect(rowWiseStepOf(() => {})).to.equal(undefined);
    expect(operatorOf({ operator: 'map', text: 'n + 1' })).to.equal(undefined);
  });
});

describe('keyKeeping()', () => {
  it('maps each key to the object of the same key', () => {
    const pods = fakeInformer(pod('shop/web'));
    const { originsOf, primaryOf, rowsOf } = keyKeeping(pods);
    expect([...originsOf('shop/web')]).to.deep.equal([{ collection: pods, key: 'shop/web' }]);
    expect(primaryOf('shop/web')).to.deep.equal({ collection: pods, key: 'shop/web' });
    expect([...rowsOf('shop/web')]).to.deep.equal(['shop/web']);
  });
});

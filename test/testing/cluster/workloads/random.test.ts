import { expect } from 'chai';

import {
  hexDigits,
  nameSuffix,
  pick,
  randomInteger,
  RandomSet,
  randomUid,
  seededRandom,
} from '../../../../src/testing/cluster/workloads/random.ts';

describe('seededRandom()', () => {
  it('returns numbers spread evenly from 0 to 1', () => {
    const random = seededRandom(42);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let count = 0; count < 10_000; count++) {
      const tenth = Math.floor(random() * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const tenth of tenths) expect(tenth).to.be.within(900, 1100);
  });

  it('returns the same numbers for the same seed, and others for another seed', () => {
    const numbers = (seed: number): readonly number[] => Array.from({ length: 3 }, seededRandom(seed));
    expect(numbers(1)).to.deep.equal(numbers(1));
    expect(numbers(1)).not.to.deep.equal(numbers(2));
  });
});

describe('random values', () => {
  it('include both bounds of randomInteger()', () => {
    const random = seededRandom(1);
    const drawn = new Set(Array.from({ length: 200 }, () => randomInteger(random, 3, 6)));
    expect([...drawn]).to.have.members([3, 4, 5, 6]);
    expect(new Set(Array.from({ length: 100 }, () => pick(random, ['a', 'b'])))).to.have.all.keys('a', 'b');
    expect(() => pick(random, [])).to.throw(RangeError);
  });

  it('have the form of a uid, a name and a digest', () => {
    const random = seededRandom(1);
    expect(randomUid(random)).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(nameSuffix(random)).to.match(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(hexDigits(random, 64)).to.match(/^[0-9a-f]{64}$/);
  });
});

describe('RandomSet', () => {
  it('has the members of a Set and draws only them', () => {
    const random = seededRandom(3);
    const set = new RandomSet<number>();
    const model = new Set<number>();
    for (let count = 0; count < 5000; count++) {
      const member = randomInteger(random, 0, 30);
      if (random() < 0.5) {
        set.add(member);
        model.add(member);
      } else {
        set.delete(member);
        model.delete(member);
      }
      expect(set.size).to.equal(model.size);
      expect(set.has(member)).to.equal(model.has(member));
      const drawn = set.draw(random);
      if (drawn === undefined) expect(model.size).to.equal(0);
      else expect(model.has(drawn)).to.equal(true);
    }
  });

  it('draws every member', () => {
    const random = seededRandom(3);
    const set = new RandomSet<string>();
    for (const member of ['a', 'b', 'c']) set.add(member);
    expect(new Set(Array.from({ length: 100 }, () => set.draw(random)))).to.have.all.keys('a', 'b', 'c');
  });
});

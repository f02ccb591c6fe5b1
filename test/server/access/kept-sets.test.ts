import { expect } from 'chai';
import { KeptSets, type KeptSetBounds } from '../../../src/server/access/kept-sets.ts';

class Set {
  isIdle = true;
  isForgotten = false;
  readonly name: string;
  size: number;

  constructor(name: string, size = 1) {
    this.name = name;
    this.size = size;
  }

  forget(): void {
    this.isForgotten = true;
  }
}

describe('KeptSets', () => {
  let sets: KeptSets<Set>;
  const keep = (bounds: Partial<KeptSetBounds>): void => {
    sets = new KeptSets({ sets: 8, namespaces: 1000, ...bounds });
  };
  /** Gets the set of a user: `alice 1` is the first one of alice. */
  const get = (key: string, size?: number, kept?: Set): Set | undefined =>
    sets.get(key, key.split(' ')[0] ?? '', () => new Set(key, size), kept);
  const names = (): string[] => Array.from(sets.values(), ({ name }) => name);

  it('returns the same set for the same key', () => {
    keep({});
    const first = get('alice 1');
    expect(get('alice 1')).to.equal(first);
    expect(get('alice 2')).not.to.equal(first);
    get('bob 1');
    expect([sets.size, sets.users, sets.namespaces]).to.deep.equal([3, 2, 3]);
  });

  it('forgets the set that was not used for the longest time, if nothing uses it now', () => {
    keep({});
    const all = Array.from({ length: 8 }, (_, at) => get(`user${at} 1`));
    get('user0 1');
    const [, busy, idle] = all;
    if (busy === undefined || idle === undefined) return expect.fail();
    busy.isIdle = false;
    get('eve 1');
    expect(names()).to.deep.equal(
      ['user1', 'user3', 'user4', 'user5', 'user6', 'user7', 'user0', 'eve'].map((name) => `${name} 1`),
    );
    expect([idle.isForgotten, busy.isForgotten, sets.forgotten]).to.deep.equal([true, false, 1]);
    return undefined;
  });

  it('refuses a new set while all are in use, and returns the known ones', () => {
    keep({});
    const all = Array.from({ length: 8 }, (_, at) => get(`user${at} 1`));
    for (const one of all) if (one !== undefined) one.isIdle = false;
    expect(get('eve 1')).to.equal(undefined);
    expect(get('user3 1')).to.equal(all[3]);
    expect(sets.forgotten).to.equal(0);
  });

  it('lets users of one name have a quarter of the sets, so that they do not forget those of others', () => {
    keep({});
    const others = ['alice 1', 'bob 1'].map((key) => get(key));
    for (let number = 0; number < 20; number += 1) expect(get(`eve ${number}`)?.name).to.equal(`eve ${number}`);
    expect(names()).to.deep.equal(['alice 1', 'bob 1', 'eve 18', 'eve 19']);
    for (const one of sets.values()) one.isIdle = false;
    expect(get('eve 20')).to.equal(undefined);
    expect(get('carol 1')?.name).to.equal('carol 1');
    expect(others.every((one) => one?.isForgotten === false)).to.equal(true);
  });

  it('bounds the namespaces of all sets', () => {
    keep({ namespaces: 10 });
    for (const name of ['a 1', 'b 1', 'c 1']) get(name, 4);
    // The sets get their namespaces after they are made.
    expect([sets.size, sets.namespaces]).to.deep.equal([3, 12]);
    expect(sets.shrink()).to.equal(true);
    expect([names(), sets.namespaces]).to.deep.equal([['b 1', 'c 1'], 8]);
    for (const one of sets.values()) {
      one.isIdle = false;
      one.size = 6;
    }
    expect(sets.shrink()).to.equal(false);
    expect(get('d 1')).to.equal(undefined);
    expect(get('b 1')?.name).to.equal('b 1');
  });

  it('does not forget the set that a request has just got for its second one', () => {
    keep({ sets: 4 });
    const list = get('alice list');
    // The share of alice is one set.
    expect(get('alice watch', 1, list)).to.equal(undefined);
    expect(list?.isForgotten).to.equal(false);
    expect(get('alice watch')?.name).to.equal('alice watch');
    expect(list?.isForgotten).to.equal(true);
  });

  it('forgets all sets at the end, also those in use', () => {
    keep({});
    const all = ['a 1', 'b 1'].map((key) => get(key));
    if (all[0] !== undefined) all[0].isIdle = false;
    sets.clear();
    expect([sets.size, all.map((one) => one?.isForgotten)]).to.deep.equal([0, [true, true]]);
  });
});

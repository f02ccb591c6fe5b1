import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Cause,
  type Delta,
  DeltaBatch,
  DerivedBatch,
  isNewsByItself,
} from '../../../src/informers/collection/delta.ts';
import { Store } from '../../../src/informers/collection/store.ts';

describe('DeltaBatch', () => {
  it('makes the answer of an operator, with the changes as they are', () => {
    const changes = [{ type: 'PUT', key: 'a', object: 1 } as const, { type: 'REMOVE', key: 'b' } as const];
    const derived = new DeltaBatch<string>([], { type: 'WRITE' }).derive(changes);
    expect(derived).to.be.instanceOf(DerivedBatch);
    expect(derived.changes).to.deep.equal(changes);
  });
});

describe('DeltaBatch.merge()', () => {
  type Step = readonly [Delta<number>['type'], number];
  const delta = (key: string, [type, object]: Step, old = 0): Delta<number> =>
    type === 'MODIFIED' ? { type, key, object, old } : { type, key, object };
  const event = (first: number, ...changes: Delta<number>[]): DeltaBatch<number> =>
    new DeltaBatch(changes, { type: 'EVENT', version: first * 10 }, { first, last: first });
  const of = (cause: Cause, first: number, ...changes: Delta<number>[]): DeltaBatch<number> =>
    new DeltaBatch(changes, cause, { first, last: first });

  for (const [what, steps, expected] of [
    [
      'ADDED and MODIFIED: ADDED as it is now',
      [
        ['ADDED', 1],
        ['MODIFIED', 2],
      ],
      { type: 'ADDED', object: 2 },
    ],
    [
      'ADDED and DELETED: nothing',
      [
        ['ADDED', 1],
        ['DELETED', 1],
      ],
      undefined,
    ],
    [
      'ADDED, DELETED, ADDED: ADDED',
      [
        ['ADDED', 1],
        ['DELETED', 1],
        ['ADDED', 3],
      ],
      { type: 'ADDED', object: 3 },
    ],
    [
      'MODIFIED twice: from the first to the last',
      [
        ['MODIFIED', 1],
        ['MODIFIED', 2],
      ],
      { type: 'MODIFIED', object: 2, old: 0 },
    ],
    [
      'MODIFIED and DELETED: DELETED',
      [
        ['MODIFIED', 1],
        ['DELETED', 1],
      ],
      { type: 'DELETED', object: 1 },
    ],
    [
      'DELETED and ADDED: MODIFIED',
      [
        ['DELETED', 1],
        ['ADDED', 2],
      ],
      { type: 'MODIFIED', object: 2, old: 1 },
    ],
    [
      'MODIFIED, DELETED, ADDED: MODIFIED',
      [
        ['MODIFIED', 1],
        ['DELETED', 1],
        ['ADDED', 2],
      ],
      { type: 'MODIFIED', object: 2, old: 0 },
    ],
    [
      'DELETED, ADDED, DELETED: DELETED',
      [
        ['DELETED', 1],
        ['ADDED', 2],
        ['DELETED', 2],
      ],
      { type: 'DELETED', object: 2 },
    ],
  ] as const satisfies [string, Step[], unknown][]) {
    it(`makes of ${what}`, () => {
      const merged = DeltaBatch.merge(steps.map((step, index) => event(index + 1, delta('a', step))));
      expect(merged.changes).to.deep.equal(expected === undefined ? [] : [{ key: 'a', ...expected }]);
      expect(merged.span).to.deep.equal({ first: 1, last: steps.length });
    });
  }

  it('keeps what happened to other keys, and batches that were merged before', () => {
    const [one, two, three] = [
      event(4, delta('a', ['ADDED', 1]), delta('b', ['MODIFIED', 1])),
      event(5, delta('c', ['DELETED', 1])),
      event(6, delta('a', ['DELETED', 1]), delta('b', ['MODIFIED', 2], 1)),
    ];
    const merged = DeltaBatch.merge([DeltaBatch.merge([one, two]), three]);
    expect(merged).to.deep.equal(DeltaBatch.merge([one, DeltaBatch.merge([two, three])]));
    expect(merged.changes).to.deep.equal([delta('b', ['MODIFIED', 2], 0), delta('c', ['DELETED', 1])]);
    expect(merged.span).to.deep.equal({ first: 4, last: 6 });
    expect(DeltaBatch.merge([one])).to.equal(one);
  });

  it('makes void what came before a SNAPSHOT, and is one', () => {
    const snapshot = of({ type: 'SNAPSHOT' }, 3, delta('a', ['ADDED', 1]), delta('b', ['ADDED', 1]));
    const merged = DeltaBatch.merge([
      event(8, delta('x', ['ADDED', 1])),
      snapshot,
      event(4, delta('a', ['MODIFIED', 2], 1)),
      event(5, delta('b', ['DELETED', 1])),
    ]);
    expect(merged.cause).to.deep.equal({ type: 'SNAPSHOT' });
    expect(merged.changes).to.deep.equal([delta('a', ['ADDED', 2])]);
    expect(merged.span).to.deep.equal({ first: 3, last: 5 });
    expect(DeltaBatch.merge([event(8), snapshot])).to.equal(snapshot);
  });

  const gone: Cause = { type: 'GONE' };
  const relist: Cause = { type: 'RELIST', from: 3, version: 7 };
  for (const [what, causes, expected] of [
    [
      'the last version of events',
      [{ type: 'EVENT', version: 1 }, { type: 'WRITE' }, { type: 'EVENT', version: 2 }],
      { type: 'EVENT', version: 2 },
    ],
    [
      'RELIST before EVENT',
      [{ type: 'EVENT', version: 1 }, relist, { type: 'EVENT', version: 9 }],
      { ...relist, version: 9 },
    ],
    ['GONE before all', [relist, gone, { type: 'EVENT', version: 9 }], gone],
    ['not GONE when it is back', [gone, relist], relist],
    ['GONE after a SNAPSHOT', [{ type: 'SNAPSHOT' }, gone], gone],
    [
      'who was re-created',
      [{ type: 'EVENT', version: 1, recreated: ['a'] }, { type: 'WRITE' }],
      { type: 'EVENT', version: 1, recreated: ['a'] },
    ],
  ] as const satisfies [string, Cause[], Cause][]) {
    it(`has as its cause ${what}`, () => {
      expect(DeltaBatch.merge(causes.map((cause, index) => of(cause, index + 1))).cause).to.deep.equal(expected);
    });
  }

  it('names as re-created who went and came again, unless gone once more', () => {
    const batches = [
      event(1, delta('a', ['DELETED', 1]), delta('b', ['DELETED', 1]), delta('c', ['ADDED', 1])),
      event(2, delta('a', ['ADDED', 1]), delta('b', ['ADDED', 1]), delta('c', ['DELETED', 1])),
      event(3, delta('b', ['DELETED', 1]), delta('c', ['ADDED', 1])),
    ];
    expect(DeltaBatch.merge(batches).cause).to.deep.equal({ type: 'EVENT', version: 30, recreated: ['a'] });
  });

  for (const [what, batches, message] of [
    ['nothing', [], 'there are no batches to merge'],
    ['a gap', [event(3), event(7)], /^batches 4 to 6 are missing; .* DeltaBatch.merge$/],
    ['a gap of one', [event(3), event(5)], /^batch 4 is missing; /],
    ['one twice', [event(3), event(3)], /^batch 3 came after batch 3; /],
    ['the wrong order', [event(3), event(2)], /^batch 2 came after batch 3; /],
  ] as const) {
    it(`throws for ${what}`, () => {
      expect(() => DeltaBatch.merge(batches)).to.throw(RangeError, message);
    });
  }

  it('comes to what its batches come to, whatever they are', () => {
    const history = fc.array(
      fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), n: fc.option(fc.nat(2)) }), { maxLength: 3 }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(history, fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(2)), (writes, start) => {
        const store = new Store<number>(() => {});
        for (const [key, n] of Object.entries(start)) store.put(key, n);
        const before = new Map(store.entries());
        const batches = writes.map((write, index) => {
          const last = new Map(write.map(({ key, n }) => [key, n]));
          const deltas = Array.from(last, ([key, n]) => (n === null ? store.delete(key) : store.put(key, n)));
          return event(index + 1, ...deltas.filter((one) => one !== undefined));
        });
        for (const { type, key, object, ...rest } of DeltaBatch.merge(batches).changes) {
          expect(before.has(key), `${type} ${key}`).to.equal(type !== 'ADDED');
          if ('old' in rest) expect(rest.old).to.equal(before.get(key));
          if (type === 'DELETED') before.delete(key);
          else before.set(key, object);
        }
        expect([...before].toSorted()).to.deep.equal([...store.entries()].toSorted());
      }),
      { numRuns: 200 },
    );
  });
});

describe('isNewsByItself()', () => {
  for (const [cause, news] of [
    [{ type: 'SNAPSHOT' }, false],
    [{ type: 'WRITE' }, false],
    [{ type: 'EVENT', version: 1 }, false],
    [{ type: 'EVENT', version: 1, recreated: ['a'] }, true],
    [{ type: 'RELIST', from: 1, version: 2 }, true],
    [{ type: 'GONE' }, true],
  ] as const satisfies [Cause, boolean][]) {
    it(`is ${news} of ${JSON.stringify(cause)}`, () => {
      expect(isNewsByItself(cause)).to.equal(news);
    });
  }
});

import { expect } from 'chai';
import fc from 'fast-check';
import { type Cause, type Delta, DeltaBatch, DerivedBatch, mustEmit } from '../../../src/informers/collection/delta.ts';
import { ObjectCache } from '../../../src/informers/collection/object-cache.ts';

describe('DeltaBatch', () => {
  it('derives a batch with the given changes', () => {
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
    new DeltaBatch(changes, { type: 'EVENT', version: String(first * 10) }, { first, last: first });
  const of = (cause: Cause, first: number, ...changes: Delta<number>[]): DeltaBatch<number> =>
    new DeltaBatch(changes, cause, { first, last: first });

  for (const [what, steps, expected] of [
    [
      'ADDED and MODIFIED into ADDED with the last content',
      [
        ['ADDED', 1],
        ['MODIFIED', 2],
      ],
      { type: 'ADDED', object: 2 },
    ],
    [
      'ADDED and DELETED into no change',
      [
        ['ADDED', 1],
        ['DELETED', 1],
      ],
      undefined,
    ],
    [
      'ADDED, DELETED, ADDED into ADDED',
      [
        ['ADDED', 1],
        ['DELETED', 1],
        ['ADDED', 3],
      ],
      { type: 'ADDED', object: 3 },
    ],
    [
      'MODIFIED twice into MODIFIED from the first content to the last',
      [
        ['MODIFIED', 1],
        ['MODIFIED', 2],
      ],
      { type: 'MODIFIED', object: 2, old: 0 },
    ],
    [
      'MODIFIED and DELETED into DELETED',
      [
        ['MODIFIED', 1],
        ['DELETED', 1],
      ],
      { type: 'DELETED', object: 1 },
    ],
    [
      'DELETED and ADDED into MODIFIED',
      [
        ['DELETED', 1],
        ['ADDED', 2],
      ],
      { type: 'MODIFIED', object: 2, old: 1 },
    ],
    [
      'MODIFIED, DELETED, ADDED into MODIFIED',
      [
        ['MODIFIED', 1],
        ['DELETED', 1],
        ['ADDED', 2],
      ],
      { type: 'MODIFIED', object: 2, old: 0 },
    ],
    [
      'DELETED, ADDED, DELETED into DELETED',
      [
        ['DELETED', 1],
        ['ADDED', 2],
        ['DELETED', 2],
      ],
      { type: 'DELETED', object: 2 },
    ],
  ] as const satisfies [string, Step[], unknown][]) {
    it(`merges ${what}`, () => {
      const merged = DeltaBatch.merge(steps.map((step, index) => event(index + 1, delta('a', step))));
      expect(merged.changes).to.deep.equal(expected === undefined ? [] : [{ key: 'a', ...expected }]);
      expect(merged.span).to.deep.equal({ first: 1, last: steps.length });
    });
  }

  it('keeps the changes of other keys, and merges batches that are merged already', () => {
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

  it('drops the batches before a SNAPSHOT, and returns a SNAPSHOT', () => {
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
  const relist: Cause = { type: 'RELIST', from: '3', version: '7' };
  for (const [what, causes, expected] of [
    [
      'EVENT with the last version, for events',
      [{ type: 'EVENT', version: '1' }, { type: 'WRITE' }, { type: 'EVENT', version: '2' }],
      { type: 'EVENT', version: '2' },
    ],
    [
      'RELIST, for a RELIST and events',
      [{ type: 'EVENT', version: '1' }, relist, { type: 'EVENT', version: '9' }],
      { ...relist, version: '9' },
    ],
    ['GONE, for a GONE and any other causes', [relist, gone, { type: 'EVENT', version: '9' }], gone],
    ['RELIST, for a GONE that a RELIST follows', [gone, relist], relist],
    ['GONE, for a GONE after a SNAPSHOT', [{ type: 'SNAPSHOT' }, gone], gone],
    [
      'the keys that were re-created',
      [{ type: 'EVENT', version: '1', recreated: ['a'] }, { type: 'WRITE' }],
      { type: 'EVENT', version: '1', recreated: ['a'] },
    ],
  ] as const satisfies [string, Cause[], Cause][]) {
    it(`returns the cause ${what}`, () => {
      expect(DeltaBatch.merge(causes.map((cause, index) => of(cause, index + 1))).cause).to.deep.equal(expected);
    });
  }

  it('returns as re-created the keys that were deleted and added again, unless they were deleted once more', () => {
    const batches = [
      event(1, delta('a', ['DELETED', 1]), delta('b', ['DELETED', 1]), delta('c', ['ADDED', 1])),
      event(2, delta('a', ['ADDED', 1]), delta('b', ['ADDED', 1]), delta('c', ['DELETED', 1])),
      event(3, delta('b', ['DELETED', 1]), delta('c', ['ADDED', 1])),
    ];
    expect(DeltaBatch.merge(batches).cause).to.deep.equal({ type: 'EVENT', version: '30', recreated: ['a'] });
  });

  for (const [what, batches, message] of [
    ['no batches', [], 'DeltaBatch.merge needs at least one batch'],
    ['a gap of several batches', [event(3), event(7)], /^batches 4 to 6 are missing; .* DeltaBatch.merge$/],
    ['a gap of one batch', [event(3), event(5)], /^batch 4 is missing; /],
    ['a repeated batch', [event(3), event(3)], /^batch 3 came after batch 3; /],
    ['the wrong order', [event(3), event(2)], /^batch 2 came after batch 3; /],
  ] as const) {
    it(`throws for ${what}`, () => {
      expect(() => DeltaBatch.merge(batches)).to.throw(RangeError, message);
    });
  }

  it('has the same effect as its batches, for random batches', () => {
    const history = fc.array(
      fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), n: fc.option(fc.nat(2)) }), { maxLength: 3 }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(history, fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(2)), (writes, start) => {
        const store = new ObjectCache<number>(() => {});
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

describe('mustEmit()', () => {
  for (const [cause, expected] of [
    [{ type: 'SNAPSHOT' }, false],
    [{ type: 'WRITE' }, false],
    [{ type: 'EVENT', version: '1' }, false],
    [{ type: 'EVENT', version: '1', recreated: ['a'] }, true],
    [{ type: 'RELIST', from: '1', version: '2' }, true],
    [{ type: 'GONE' }, true],
  ] as const satisfies [Cause, boolean][]) {
    it(`returns ${expected} for ${JSON.stringify(cause)}`, () => {
      expect(mustEmit(cause)).to.equal(expected);
    });
  }
});

import { expect } from 'chai';
import fc from 'fast-check';
import type { Lineage, VersionedSource } from '../../src/informers/collection/lineage.ts';
import { fingerprint, LocalPositions, UnfitVersionError, UpstreamPositions } from '../../src/projections/positions.ts';

const LIMIT = 2n ** 63n;
const START = Date.parse('2026-01-01T00:00:00Z');

function position(positions: UpstreamPositions, version: string, digest = 0): bigint {
  return positions.position(positions.placeAt(version), digest);
}

describe('UpstreamPositions', () => {
  it("have the order of the source's versions, with any fingerprints", () => {
    const number = fc.integer({ min: 1, max: 2 ** 43 - 1 });
    fc.assert(
      fc.property(
        number,
        number,
        fc.bigInt({ min: 0n, max: LIMIT }),
        fc.bigInt({ min: 0n, max: LIMIT }),
        (a, b, f, g) => {
          fc.pre(a < b);
          expect(
            position(new UpstreamPositions(f), String(a)) < position(new UpstreamPositions(g), String(b)),
          ).to.equal(true);
        },
      ),
    );
  });

  it('stay below 2^63, and refuse a version that would not', () => {
    const positions = new UpstreamPositions(2n ** 20n - 1n);
    expect(position(positions, String(2 ** 43 - 1))).to.equal(LIMIT - 1n);
    expect(() => position(positions, String(2 ** 43))).to.throw(UnfitVersionError, 'below 2^43');
  });

  it('find the digest only in positions with the same fingerprint', () => {
    const [mine, others] = [new UpstreamPositions(5n), new UpstreamPositions(6n)];
    const isOwn = (one: UpstreamPositions, given: bigint): boolean => one.digestOf(given) === 99;
    expect(isOwn(mine, position(mine, '77', 99))).to.equal(true);
    expect(isOwn(new UpstreamPositions(5n), position(mine, '78', 99))).to.equal(true);
    expect(isOwn(mine, position(others, '77', 99))).to.equal(false);
  });

  it('of one version differ by their digests only, and have the same place and version', () => {
    const digest = fc.nat(2 ** 20 - 1);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 43 - 1 }),
        digest,
        digest,
        fc.bigInt({ min: 0n, max: LIMIT }),
        (v, a, b, f) => {
          const positions = new UpstreamPositions(f);
          const [one, other] = [position(positions, String(v), a), position(positions, String(v), b)];
          expect(one === other).to.equal(a === b);
          expect([positions.digestOf(one), positions.versionOf(one)]).to.deep.equal([a, String(v)]);
          expect([positions.placeOf(one), positions.placeOf(other)]).to.deep.equal([
            positions.placeAt(String(v)),
            positions.placeAt(String(v)),
          ]);
        },
      ),
    );
  });
});

describe('LocalPositions', () => {
  it('increase strictly, and stay below 2^63 until 2088', () => {
    const times = [0, START, Date.parse('2088-01-01T00:00:00Z')];
    for (const [time, random] of times.flatMap((each) => [0, 0.5, 1 - Number.EPSILON].map((r) => [each, r] as const))) {
      const positions = new LocalPositions(time, random);
      let last = 0n;
      for (let i = 0; i < 70_000; i += 1) {
        const next = positions.next();
        if (next <= last || next >= LIMIT) expect.fail(`${next} came after ${last}`);
        last = next;
      }
      expect(positions.last).to.equal(last);
    }
  });

  it('of a later instance are above those of an earlier one, up to 65,000 changes a second', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.nat(1000),
        (lived, random, at) => {
          const earlier = new LocalPositions(START + at, random);
          for (let i = 0; i < Math.min(lived * 65, 20_000) - 65; i += 1) earlier.next();
          expect(new LocalPositions(START + at + lived, 0).last > earlier.last).to.equal(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('own only the positions that this instance handed out', () => {
    const positions = new LocalPositions(START, 0.25);
    const given = positions.next();
    expect(positions.owns(given)).to.equal(true);
    expect(positions.owns(given + 65_536n)).to.equal(false);
    positions.next();
    expect(positions.owns(given + 65_536n)).to.equal(true);
    expect(new LocalPositions(START, 0.26).owns(given)).to.equal(false);
  });

  it('do not own those of an instance that started before the clock was set back', () => {
    const before = new LocalPositions(START, 0.25);
    const given = before.next();
    const after = new LocalPositions(START - 3_600_000, 0.25);
    for (let i = 0; i < 1000; i += 1) after.next();
    expect(after.last < given).to.equal(true);
    expect(after.owns(given)).to.equal(false);
  });
});

describe('fingerprint()', () => {
  const source = (name: string): VersionedSource => ({
    name,
    frontier: '1',
    stampOf: () => undefined,
    onSettled: () => () => {},
  });
  const lineage = (name: string, ...steps: string[]): Lineage => ({
    source: source(name),
    steps: steps.map((text) => ({ operator: 'map', text })),
  });
  const parts = { version: '1', definition: 'd', revision: '', lineage: lineage('pods', 'a', 'b') };

  it('is equal for equal inputs', () => {
    expect(fingerprint(parts)).to.equal(fingerprint({ ...parts, lineage: lineage('pods', 'a', 'b') }));
  });

  it('differs if any input differs', () => {
    const others = [
      { ...parts, version: '2' },
      { ...parts, definition: 'e' },
      { ...parts, revision: '1' },
      { ...parts, lineage: lineage('nodes', 'a', 'b') },
      { ...parts, lineage: lineage('pods', 'a') },
      { ...parts, lineage: lineage('pods', 'b', 'a') },
      { ...parts, lineage: lineage('pods', 'ab', '') },
      {
        ...parts,
        lineage: { ...parts.lineage, steps: parts.lineage.steps.map((step) => ({ ...step, operator: 'filter' })) },
      },
    ];
    const prints = [parts, ...others].map((each) => fingerprint(each));
    expect(new Set(prints).size).to.equal(prints.length);
  });

  it('has 20 bits', () => {
    for (let i = 0; i < 100; i += 1) expect(fingerprint({ ...parts, revision: String(i) }) < 2n ** 20n).to.equal(true);
  });
});

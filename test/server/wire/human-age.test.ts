import { expect } from 'chai';
import fc from 'fast-check';
import { ageChange, humanAge, humanDuration, timeOf } from '../../../src/server/wire/human-age.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

describe('humanDuration()', () => {
  const cases: readonly (readonly [milliseconds: number, expected: string])[] = [
    [-2 * second, '<invalid>'],
    [-1999, '0s'],
    [-second, '0s'],
    [0, '0s'],
    [999, '0s'],
    [second, '1s'],
    [70 * second, '70s'],
    [2 * minute - 1, '119s'],
    [2 * minute, '2m'],
    [2 * minute + second, '2m1s'],
    [3 * minute + 20 * second, '3m20s'],
    [10 * minute - second, '9m59s'],
    [10 * minute, '10m'],
    [10 * minute + 59 * second, '10m'],
    [3 * hour - second, '179m'],
    [3 * hour, '3h'],
    [3 * hour + minute, '3h1m'],
    [4 * hour + 10 * minute, '4h10m'],
    [5 * hour, '5h'],
    [8 * hour - second, '7h59m'],
    [8 * hour, '8h'],
    [8 * hour + 59 * minute, '8h'],
    [48 * hour - second, '47h'],
    [48 * hour, '2d'],
    [49 * hour, '2d1h'],
    [3 * day + 4 * hour, '3d4h'],
    [8 * day - second, '7d23h'],
    [8 * day, '8d'],
    [8 * day + 23 * hour, '8d'],
    [2 * year - second, '729d'],
    [2 * year, '2y'],
    [2 * year + 5 * day, '2y5d'],
    [8 * year - second, '7y364d'],
    [8 * year, '8y'],
    [8 * year + 364 * day, '8y'],
    [30 * year, '30y'],
    [Number.NaN, '<invalid>'],
  ];
  for (const [milliseconds, expected] of cases) {
    it(`prints ${milliseconds} ms as ${expected}`, () => {
      expect(humanDuration(milliseconds)).to.equal(expected);
    });
  }
});

describe('humanAge()', () => {
  const now = Date.parse('2026-01-01T00:00:10Z');
  const cases: readonly (readonly [timestamp: string | number | null | undefined, expected: string])[] = [
    ['2026-01-01T00:00:00Z', '10s'],
    ['2026-01-01T00:00:00.123456Z', '9s'],
    ['2026-01-01T01:00:00+01:00', '10s'],
    [now - 5000, '5s'],
    [undefined, '<unknown>'],
    [null, '<unknown>'],
    ['', '<unknown>'],
    ['0001-01-01T00:00:00Z', '<unknown>'],
    ['0001-01-01T00:00:00.000Z', '<unknown>'],
    ['yesterday', '<invalid>'],
    ['2026-01-01T01:00:00Z', '<invalid>'],
  ];
  for (const [timestamp, expected] of cases) {
    it(`returns ${expected} for ${String(timestamp)}`, () => {
      expect(humanAge(typeof timestamp === 'number' ? timestamp : timeOf(timestamp), now)).to.equal(expected);
    });
  }

  for (const [timestamp, expected] of [
    ['2026-01-11T00:00:10Z', 'in 10d'],
    ['2026-01-01T00:00:11Z', 'in 1s'],
    ['2026-01-01T00:00:10Z', '0s'],
    ['2026-01-01T00:00:05Z', '5s'],
    [undefined, '<unknown>'],
    ['yesterday', '<invalid>'],
  ] as const) {
    it(`returns ${expected} for ${String(timestamp)} with the option future`, () => {
      expect(humanAge(timeOf(timestamp), now, { future: true })).to.equal(expected);
    });
  }
});

describe('ageChange()', () => {
  const near = fc.integer({ min: -5000, max: 5000 });
  const edges = fc.constantFrom(
    0,
    second,
    2 * minute,
    10 * minute,
    3 * hour,
    8 * hour,
    2 * day,
    8 * day,
    2 * year,
    8 * year,
  );
  const age = fc.oneof(
    fc.tuple(edges, near).map(([edge, offset]) => edge + offset),
    fc.tuple(edges, near).map(([edge, offset]) => -edge + offset),
    fc.integer({ min: -10 * year, max: 10 * year }),
  );

  it('is later than now, and until then the age stays the same', () => {
    fc.assert(
      fc.property(age, fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }), (milliseconds, future, part) => {
        const time = 1_700_000_000_000;
        const now = time + milliseconds;
        const change = ageChange(time, now, { future });
        expect(change).to.be.above(now);
        const text = humanAge(time, now, { future });
        for (const at of [now + Math.floor((change - now) * part), change - 1]) {
          if (at < change) expect(humanAge(time, at, { future })).to.equal(text);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is a second, a minute, an hour or a day later, as long as the text shows these', () => {
    const changes = [5 * second, 5 * minute, 20 * minute, 4 * hour, 20 * hour, 5 * day, 20 * day, 3 * year, 9 * year];
    expect(changes.map((each) => ageChange(0, each) - each)).to.deep.equal([
      second,
      second,
      minute,
      minute,
      hour,
      hour,
      day,
      day,
      year,
    ]);
  });

  it('never comes without a time', () => {
    for (const time of [undefined, Number.NaN]) expect(ageChange(time, 0)).to.equal(Number.POSITIVE_INFINITY);
  });
});

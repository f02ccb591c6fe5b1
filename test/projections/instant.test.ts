import { expect } from 'chai';
import { type Instant, millisecondsOf } from '../../src/projections/instant.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

describe('millisecondsOf()', () => {
  for (const [instant, milliseconds] of [
    ['2026-01-02T03:04:05Z', AT],
    ['2026-01-02T03:04:05.678901Z', AT + 678],
    ['2026-01-02T05:34:05+02:30', AT],
    ['2026-01-02t03:04:05z', AT],
    [AT, AT],
    [0, 0],
    [-1, -1],
    [new Date(AT), AT],
  ] as const) {
    it(`takes ${String(instant)}`, () => {
      expect(millisecondsOf(instant)).to.equal(milliseconds);
    });
  }

  for (const instant of [
    '',
    'now',
    '2026',
    '2026-01-02',
    // without an offset: another time on each machine
    '2026-01-02T03:04:05',
    '2026-13-02T03:04:05Z',
    '2026-01-02T25:04:05Z',
    Number.NaN,
    -Infinity,
    new Date(Number.NaN),
    true,
    {},
  ]) {
    it(`refuses ${JSON.stringify(instant)}`, () => {
      expect(() => millisecondsOf(instant as Instant)).to.throw(TypeError, /is no point in time; it must be/);
    });
  }
});

import { expect } from 'chai';
import { acceptsGzip } from '../../../src/server/wire/accept.ts';

// Clauses of Accept headers are tested in negotiation.test.ts, by the format that they lead to.
describe('acceptsGzip()', () => {
  for (const [header, expected] of [
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['deflate, gzip', true],
    ['br,gzip ,zstd', true],
    ['gzip;q=1.0', false],
    ['gzip;q=0', false],
    ['x-gzip', false],
    ['*', false],
    ['identity', false],
  ] as const) {
    it(`returns ${expected} for ${JSON.stringify(header)}`, () => {
      expect(acceptsGzip(header)).to.equal(expected);
    });
  }
});

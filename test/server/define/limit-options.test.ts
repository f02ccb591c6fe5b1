import { expect } from 'chai';
import { type LimitOptions, limitsOf } from '../../../src/server/define/limit-options.ts';
import { ServerDefinitionError } from '../../../src/server/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/server/wire/limits.ts';

describe('limitsOf()', () => {
  it('returns the defaults, and the limits that are set', () => {
    expect(limitsOf({})).to.deep.equal(DEFAULT_LIMITS);
    expect(limitsOf({ reads: 10, writes: undefined })).to.deep.equal({ ...DEFAULT_LIMITS, reads: 10 });
  });

  for (const [title, options, message] of [
    ['zero', { reads: 0 }, 'limits.reads is 0, but it must be a whole number above 0'],
    ['a fraction', { writes: 1.5 }, 'limits.writes is 1.5, but it must be a whole number above 0'],
    ['infinity', { bodyBytes: Number.POSITIVE_INFINITY }, 'limits.bodyBytes is Infinity, but'],
    ['an unknown limit', { read: 1 } as LimitOptions, 'limits.read is unknown; the limits are urlBytes, '],
  ] as const) {
    it(`refuses ${title}`, () => expect(() => limitsOf(options)).to.throw(ServerDefinitionError, message));
  }
});

import { expect } from 'chai';
import { containsTag } from '../../../src/server/wire/entity-tags.ts';

describe('containsTag()', () => {
  for (const [header, isContained] of [
    [undefined, false],
    ['', false],
    ['"a"', true],
    ['W/"a"', true],
    ['  W/"a"  ', true],
    ['"b"', false],
    ['"b", W/"a"', true],
    ['"b",,\t"a" ,"c"', true],
    ['"b,a"', false],
    ['*', true],
    ['"*"', false],
    ['a', false],
    ['w/"a"', false],
    ['"a" "b"', false],
    ['"a", b', false],
    ['"b", "a', false],
    ['"A"', false],
  ] as const) {
    it(`${isContained ? 'finds' : 'does not find'} the tag in \`${header}\``, () => {
      expect(containsTag(header, 'W/"a"')).to.equal(isContained);
      expect(containsTag(header, '"a"')).to.equal(isContained);
    });
  }

  it('reads a long value once', () => {
    expect(containsTag(`${'"b", '.repeat(20_000)}"a"`, 'W/"a"')).to.equal(true);
    expect(containsTag('"b",'.repeat(20_000), 'W/"a"')).to.equal(false);
  });
});

import { expect } from 'chai';
import { withoutControls } from '../src/control-characters.ts';

describe('withoutControls()', () => {
  for (const [text, shown] of [
    ['plain – text', 'plain – text'],
    ['a\nb\r\tc', String.raw`a\nb\r\tc`],
    ['\u001b[2J', String.raw`\u001b[2J`],
    ['a\u007fb\u009bc', String.raw`a\u007fb\u009bc`],
    ['a\u2028b\u202ec\u2066', String.raw`a\u2028b\u202ec\u2066`],
  ] as const) {
    it(`shows ${JSON.stringify(text)} as ${shown}`, () => {
      expect(withoutControls(text)).to.equal(shown);
    });
  }

  it('can keep the ends of lines', () => {
    expect(withoutControls('a\nb\r\u0000', { keepLines: true })).to.equal(`a\nb${String.raw`\r\u0000`}`);
  });
});

import { expect } from 'chai';
import { errorMessage } from '../src/error-message.ts';

describe('errorMessage()', () => {
  for (const [title, thrown, message] of [
    ['the message of an error', new TypeError('too long'), 'too long'],
    ['a text itself', 'too long', 'too long'],
    ['any other value as text', 5, '5'],
    ['undefined as text', undefined, 'undefined'],
  ] as const) {
    it(`returns ${title}`, () => {
      expect(errorMessage(thrown)).to.equal(message);
    });
  }
});

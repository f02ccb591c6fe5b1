import { expect } from 'chai';
import { unreachable } from '../src/unreachable.ts';

describe('unreachable()', () => {
  it('throws an error with the value that breaks the types', () => {
    expect(() => unreachable('x' as never)).to.throw(TypeError, 'unexpected value: "x"');
    expect(() => unreachable({ type: 'NEW' } as never)).to.throw(TypeError, 'unexpected value: {"type":"NEW"}');
  });
});

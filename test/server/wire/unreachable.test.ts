import { expect } from 'chai';
import { unreachable } from '../../../src/server/wire/unreachable.ts';

describe('unreachable', () => {
  it('reports the value that should not be', () => {
    expect(() => unreachable('x' as never)).to.throw('unreachable: "x"');
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { duplicateFields } from '../../../src/server/wire/duplicate-fields.ts';

describe('duplicateFields()', () => {
  for (const [text, fields] of [
    ['{}', []],
    ['"a"', []],
    ['{"a":1,"b":{"a":1}}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":1,"a":2,"a":3}', ['a']],
    ['{"spec":{"x":"\\"x\\":","x" : 1}}', ['spec.x']],
    ['{"spec":{"tasks":[{"n":1},{"n":1,"m":[{}, {"k":1,"k":2}],"n":2}]}}', ['spec.tasks[1].m[1].k', 'spec.tasks[1].n']],
    ['{"a":{"b":1},"a":{"b":1}}', ['a']],
    ['{"\\u0061":1,"a":2}', ['a']],
    ['[["x",{"x":1,"x":2}]]', ['[0][1].x']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"a":"{\\"b\\":1,\\"b\\":2}"}', []],
  ] as const) {
    it(`of ${text}`, () => expect(duplicateFields(text)).to.deep.equal(fields));
  }

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(duplicateFields(JSON.stringify(JSON.parse(text)))).to.deep.equal([]);
      }),
    );
  });
});

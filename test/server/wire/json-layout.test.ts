import { expect } from 'chai';
import * as fc from 'fast-check';
import { parse } from 'yaml';
import { indentedJson, type JsonLayout, MAX_INDENTED_DEPTH, yamlOfJson } from '../../../src/server/wire/json-layout.ts';

function laidOut(layout: JsonLayout, json: string, size = 7): string {
  const bytes = Buffer.from(json);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) parts.push(layout.push(bytes.subarray(at, at + size)));
  return Buffer.concat([...parts, layout.end()]).toString();
}

const nested = (levels: number): string => `${'['.repeat(levels)}${'1,'.repeat(1000)}1${']'.repeat(levels)}`;

describe('indentedJson()', () => {
  it('writes what JSON.stringify writes, wherever the pieces are cut', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 1, max: 40 }), (value, size) => {
        expect(laidOut(indentedJson(), JSON.stringify(value), size)).to.equal(JSON.stringify(value, undefined, 2));
      }),
    );
  });

  it('does not indent deep values', () => {
    const json = nested(900);
    const text = laidOut(indentedJson(), json);
    expect(JSON.parse(text)).to.deep.equal(JSON.parse(json));
    expect(text.length).to.be.below(json.length + 8 * MAX_INDENTED_DEPTH ** 2);
  });
});

describe('yamlOfJson()', () => {
  for (const [json, yaml] of [
    ['{"a":[1],"b":"yes"}', 'a:\n  - 1\nb: "yes"\n'],
    ['[{"x":1,"z":{}},{"x":[]}]', '- x: 1\n  z: {}\n- x: []\n'],
    ['[[1,[2]],3]', '- - 1\n  - - 2\n- 3\n'],
    ['{"a":{"b":null,"c":"a b"},"1":"1.5"}', 'a:\n  b: null\n  c: "a b"\n"1": "1.5"\n'],
    ['{}', '{}\n'],
    ['"v1"', 'v1\n'],
    ['["e0","E-12","e1x"]', '- "e0"\n- "E-12"\n- e1x\n'],
  ] as const) {
    it(`writes ${json}`, () => expect(laidOut(yamlOfJson(), json)).to.equal(yaml));
  }

  it('writes YAML 1.2 and 1.1 with the same value, wherever the pieces are cut', () => {
    const key = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('on', 'NO', '12:30', '0x1f', 'e0', 'a: b', '- a', '? x', '#', '~', 'x'.repeat(1100)),
    );
    const { value: any } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 5 }, fc.jsonValue({ maxDepth: 0 }), key, tie('object'), tie('array')),
      object: fc.dictionary(key, tie('value'), { noNullPrototype: true }),
      array: fc.array(tie('value')),
    }));
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 40 }), (value, size) => {
        const json = JSON.stringify(value);
        const text = laidOut(yamlOfJson(), json, size);
        for (const version of ['1.2', '1.1'] as const) {
          expect(
            parse(text, { version, schema: version === '1.1' ? 'yaml-1.1' : 'core', merge: false }),
            text,
          ).to.deep.equal(JSON.parse(json));
        }
      }),
    );
  });

  it('does not indent deep values', () => {
    const json = nested(400);
    const text = laidOut(yamlOfJson(), json);
    expect(parse(text)).to.deep.equal(JSON.parse(json));
    expect(text.length).to.be.below(2 * json.length + 8 * MAX_INDENTED_DEPTH ** 2);
  });
});

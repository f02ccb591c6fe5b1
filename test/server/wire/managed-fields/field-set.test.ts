import { expect } from 'chai';
import fc from 'fast-check';
import { FieldsError, FieldSet } from '../../../../src/server/wire/managed-fields/field-set.ts';
import {
  parseElement,
  PathElementError,
  printedPath,
} from '../../../../src/server/wire/managed-fields/path-element.ts';

const parse = (fields: unknown): FieldSet => FieldSet.parse(fields);

/** `fieldsV1` in forms that a server may write. */
const element = fc.oneof(
  fc.string().map((name) => `f:${name}`),
  fc.oneof(fc.string(), fc.integer(), fc.boolean()).map((value) => `v:${JSON.stringify(value)}`),
  fc
    .dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()), { minKeys: 1, maxKeys: 2 })
    .map((keys) => `k:${JSON.stringify(keys)}`),
  fc.nat().map((index) => `i:${index}`),
);
const fieldsV1 = fc.letrec<{ fields: Record<string, object> }>((tie) => ({
  fields: fc
    .array(fc.tuple(fc.oneof(element, fc.constant('.')), fc.oneof({ maxDepth: 4 }, fc.constant({}), tie('fields'))), {
      maxLength: 4,
    })
    .map((entries) => Object.fromEntries(entries.map(([key, below]) => [key, key === '.' ? {} : below]))),
})).fields;
const sets = fieldsV1.map(parse);

describe('FieldSet', () => {
  it('parses and prints fieldsV1', () => {
    const fields = {
      'f:spec': {
        '.': {},
        'f:list': { 'k:{"name":"x"}': { '.': {}, 'f:name': {} } },
        'f:tags': { 'v:"a"': {}, 'v:1': {} },
        'f:zero': { 'i:0': {} },
      },
    };
    expect(JSON.stringify(parse(fields))).to.equal(JSON.stringify(fields));
  });

  it('prints parsed fields in one order, whatever the order of the input', () => {
    fc.assert(
      fc.property(fieldsV1, (fields) => {
        const printed = JSON.stringify(parse(fields));
        const reversed = (value: object): object =>
          Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([key, below]) => [key, reversed(below as object)]),
          );
        expect(JSON.stringify(parse(JSON.parse(printed)))).to.equal(printed);
        expect(JSON.stringify(parse(reversed(JSON.parse(printed) as object)))).to.equal(printed);
      }),
    );
  });

  for (const [text, form] of [
    ['k:{"b":1,"a":"x"}', 'k:{"a":"x","b":1}'],
    ['k: { "a" : "x" }', 'k:{"a":"x"}'],
    ['v:"a<b"', String.raw`v:"a\u003cb"`],
    ['v:1.0', 'v:1'],
    ['i:007', 'i:7'],
    ['f:', 'f:'],
    ['f:a:b.c/d', 'f:a:b.c/d'],
  ] as const) {
    it(`parses ${text} as ${form}`, () => {
      expect(parseElement(text)).to.equal(form);
    });
  }

  it('drops elements of unknown kinds', () => {
    expect(parse({ 'x:new': { 'f:a': {} }, 'f:b': { 'y:z': {} } }).toJSON()).to.deep.equal({ 'f:b': {} });
  });

  for (const bad of [{ f: {} }, { name: {} }, { 'v:{': {} }, { 'k:"a"': {} }, { 'i:x': {} }]) {
    it(`rejects ${JSON.stringify(bad)}`, () => {
      expect(() => parse(bad)).to.throw(PathElementError);
    });
  }

  for (const bad of [null, [], 'f:a', { 'f:a': 1 }, { 'f:a': null }]) {
    it(`rejects ${JSON.stringify(bad)}, which is not a tree of objects`, () => {
      expect(() => parse(bad)).to.throw(FieldsError);
    });
  }

  it('treats __proto__ as an ordinary name', () => {
    const fields = JSON.parse('{"f:__proto__":{"f:polluted":{}},"f:constructor":{}}') as unknown;
    expect(JSON.stringify(parse(fields))).to.equal(
      JSON.stringify({ 'f:__proto__': { 'f:polluted': {} }, 'f:constructor': {} }),
    );
    expect(() => parse(JSON.parse('{"__proto__":{}}'))).to.throw(PathElementError);
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });

  it('distinguishes a field from the fields below it', () => {
    const field = FieldSet.of(['f:a']);
    const below = FieldSet.of(['f:a', 'f:b']);
    expect(field.difference(below).toJSON()).to.deep.equal({ 'f:a': {} });
    expect(below.difference(field).toJSON()).to.deep.equal({ 'f:a': { 'f:b': {} } });
    expect(below.without(field).isEmpty).to.equal(true);
    expect(field.union(below).toJSON()).to.deep.equal({ 'f:a': { '.': {}, 'f:b': {} } });
    expect(field.intersection(below).isEmpty).to.equal(true);
    expect(below.has(['f:a'])).to.equal(false);
    expect(below.has(['f:a', 'f:b'])).to.equal(true);
  });

  it('satisfies the laws of sets', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        expect(a.union(b).equals(b.union(a))).to.equal(true);
        expect(a.union(b).difference(b).equals(a.difference(b))).to.equal(true);
        expect(a.intersection(b).equals(a.difference(a.difference(b)))).to.equal(true);
        expect(a.difference(a).isEmpty).to.equal(true);
        expect([...a.paths()].every((path) => a.has(path))).to.equal(true);
        expect(FieldSet.of(...a.paths()).equals(a)).to.equal(true);
      }),
    );
  });

  it('visits a level before those below it, with numbers in numeric order', () => {
    const set = parse({
      'f:b': { '.': {}, 'f:x': {} },
      'f:c': { 'v:10': {}, 'v:9': {}, 'v:"a"': {} },
      'f:a': { 'k:{"p":80,"q":"b"}': {}, 'k:{"p":8080,"q":"a"}': {}, 'k:{"p":80,"q":"a"}': {}, 'i:10': {}, 'i:9': {} },
    });
    expect([...set.paths()].map(printedPath)).to.deep.equal([
      '.b',
      '.a[p=80,q="a"]',
      '.a[p=80,q="b"]',
      '.a[p=8080,q="a"]',
      '.a[9]',
      '.a[10]',
      '.b.x',
      '.c[=9]',
      '.c[=10]',
      '.c[="a"]',
    ]);
  });

  for (const [text, shown] of [
    ['v:1000000', '[=1e+06]'],
    ['v:0.5', '[=0.5]'],
    ['v:true', '[=true]'],
    ['v:null', '[=null]'],
    [String.raw`v:"a\u003cb"`, '[="a<b"]'],
  ] as const) {
    it(`prints ${text} as ${shown}`, () => {
      expect(printedPath([text])).to.equal(shown);
    });
  }
});

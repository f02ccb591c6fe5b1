import { expect } from 'chai';
import * as fc from 'fast-check';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { metadataFields, parseFieldSelector, requireSupportedFields } from '../../../src/server/wire/field-selector.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';

const fieldsOf =
  (fields: Readonly<Record<string, string>>) =>
  (field: string): string | undefined =>
    fields[field];

const matching: readonly (readonly [selector: string, fields: Readonly<Record<string, string>>, expected: boolean])[] =
  [
    ['', {}, true],
    [',,', {}, true],
    ['spec.color=red', { 'spec.color': 'red' }, true],
    ['spec.color==red', { 'spec.color': 'red' }, true],
    ['spec.color=red', { 'spec.color': 'blue' }, false],
    ['spec.color=red', {}, false],
    ['spec.color!=red', {}, true],
    ['spec.color!=red', { 'spec.color': 'red' }, false],
    ['spec.color=', {}, true],
    ['spec.color=', { 'spec.color': 'red' }, false],
    ['spec.color!=', {}, false],
    ['a=1,b=2', { a: '1', b: '2' }, true],
    ['a=1,b=2', { a: '1' }, false],
    [String.raw`a=x\,y`, { a: 'x,y' }, true],
    [String.raw`a=x\=y\\`, { a: 'x=y\\' }, true],
    [String.raw`a=x\\,b=1`, { a: 'x\\', b: '1' }, true],
    ['a= x', { a: ' x' }, true],
    ['=', {}, true],
  ];

describe('a field selector', () => {
  for (const [selector, fields, expected] of matching) {
    it(`${JSON.stringify(selector)} ${expected ? 'selects' : 'does not select'} ${JSON.stringify(fields)}`, () => {
      expect(parseFieldSelector(selector).matches(fieldsOf(fields))).to.equal(expected);
    });
  }

  const invalid: readonly (readonly [selector: string, message: string])[] = [
    ['foo', "invalid selector: 'foo'; can't understand 'foo'"],
    ['a=1,foo', "invalid selector: 'a=1,foo'; can't understand 'foo'"],
    [String.raw`a=x\y`, String.raw`invalid field selector: invalid escape sequence: \y`],
    ['a=x\\', 'invalid field selector: invalid escape sequence: \\'],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a===c', 'invalid field selector: unescaped character in value: 61'],
  ];
  for (const [selector, message] of invalid) {
    it(`rejects ${JSON.stringify(selector)} with upstream's message`, () => {
      expect(apiErrorFrom(() => parseFieldSelector(selector)).status).to.include({
        code: 400,
        reason: 'BadRequest',
        message,
      });
    });
  }

  it('returns the exact value of a field only if it is required', () => {
    const selector = parseFieldSelector('metadata.name==web,metadata.namespace!=a');
    expect(selector.exactValue('metadata.name')).to.equal('web');
    expect(selector.exactValue('metadata.namespace')).to.equal(undefined);
    expect(selector.exactValue('spec.x')).to.equal(undefined);
  });

  it('has a canonical text that is sorted and escaped, with one kind of equals sign', () => {
    expect(String(parseFieldSelector(String.raw`b==2,a!=1,b=2,a=x\,y`))).to.equal(String.raw`a!=1,a=x\,y,b=2`);
    expect(parseFieldSelector('').isEmpty).to.equal(true);
    expect(parseFieldSelector('=,!=').isEmpty).to.equal(true);
    expect(parseFieldSelector('a=').isEmpty).to.equal(false);
  });

  it('keeps every value through its canonical text', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a', 'spec.b'),
        fc.constantFrom('=', '!='),
        fc.string({ unit: 'grapheme' }),
        (field, operator, value) => {
          const text = `${field}${operator}${value.replaceAll(/[\\,=]/g, String.raw`\$&`)}`;
          const selector = parseFieldSelector(text);
          expect(selector.requirements).to.deep.equal([{ field, operator, value }]);
          expect(parseFieldSelector(selector.toString()).requirements).to.deep.equal(selector.requirements);
        },
      ),
    );
  });

  it('is parsed or rejected with 400, whatever the text', () => {
    const pieces = fc.constantFrom('a', 'b', '=', '!=', '==', ',', '\\', ' ', '\n', 'é');
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const result = resultOrApiError(() => parseFieldSelector(text));
        if (result instanceof ApiError) {
          expect(result.code).to.equal(400);
        } else {
          expect(String(parseFieldSelector(result.toString()))).to.equal(result.toString());
        }
      }),
    );
  });
});

describe('requireSupportedFields()', () => {
  it('accepts supported fields', () => {
    requireSupportedFields(parseFieldSelector('metadata.name=a,metadata.namespace!=b'), metadataFields);
    requireSupportedFields(parseFieldSelector(''), []);
  });

  it('rejects other fields with the message of custom resources', () => {
    const error = apiErrorFrom(() => requireSupportedFields(parseFieldSelector('spec.foo=a'), metadataFields));
    expect(error.status).to.include({ code: 400, message: 'field label not supported: spec.foo' });
  });

  it('rejects other fields with the message of built-in types', () => {
    const error = apiErrorFrom(() =>
      requireSupportedFields(parseFieldSelector('spec.foo=a'), metadataFields, 'generic'),
    );
    expect(error.message).to.equal(
      '"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
  });
});

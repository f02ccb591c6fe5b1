import { expect } from 'chai';
import * as fc from 'fast-check';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { parseLabelSelector } from '../../../src/server/wire/label-selector.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';

type Labels = Readonly<Record<string, string>> | undefined;

const none: Labels = undefined;
const web: Labels = { app: 'web' };
const empty: Labels = { app: '' };
const five: Labels = { n: '5' };

const matching: readonly (readonly [selector: string, labels: Labels, expected: boolean])[] = [
  ['', none, true],
  ['  ', web, true],
  ['app', web, true],
  ['app', empty, true],
  ['app', none, false],
  ['app', {}, false],
  ['!app', none, true],
  ['!app', web, false],
  ['! app', web, false],
  ['app=web', web, true],
  ['app==web', web, true],
  [' app = web ', web, true],
  ['app=db', web, false],
  ['app=', empty, true],
  ['app==', empty, true],
  ['app=', web, false],
  ['app=', none, false],
  ['app!=web', none, true],
  ['app!=web', web, false],
  ['app!=db', web, true],
  ['app!=', empty, false],
  ['app in (web,db)', web, true],
  ['app in(db)', web, false],
  ['app in (web)', none, false],
  ['app in ()', empty, true],
  ['app in ()', web, false],
  ['app in (a,)', empty, true],
  ['app in (,a)', empty, true],
  ['app in (a,,b)', empty, true],
  ['app notin (web)', none, true],
  ['app notin (web)', web, false],
  ['app notin (db)', web, true],
  ['n>4', five, true],
  ['n>5', five, false],
  ['n<6', five, true],
  ['n < 5', five, false],
  ['n>4', { n: 'x' }, false],
  ['n>4', none, false],
  ['n>4', { n: '9223372036854775807' }, true],
  ['n>4', { n: '9223372036854775808' }, false],
  ['app=web,n', { app: 'web', n: '' }, true],
  ['app=web,n', web, false],
  ['app,app=web', web, true],
  ['app=a,app=b', { app: 'a' }, false],
  ['in in (in,notin)', { in: 'notin' }, true],
  ['notin', { notin: '' }, true],
  ['a=in', { a: 'in' }, true],
  ['example.com/app=web', { 'example.com/app': 'web' }, true],
  ['toString', {}, false],
  ['!constructor', {}, true],
];

describe('a label selector', () => {
  for (const [selector, labels, expected] of matching) {
    it(`${JSON.stringify(selector)} ${expected ? 'selects' : 'does not select'} ${JSON.stringify(labels)}`, () => {
      expect(parseLabelSelector(selector).matches(labels)).to.equal(expected);
    });
  }

  const tooLong = 'x'.repeat(64);
  const invalid: readonly (readonly [selector: string, message: string | RegExp])[] = [
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
    ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['a in (b,', "unable to parse requirement: found '', expected: ',', or identifier"],
    ['a,', "found '', expected: identifier after ','"],
    ['a,,b', "found ',', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['!!a', "unable to parse requirement: found '!', expected: identifier"],
    ['a>=5', "unable to parse requirement: found '=', expected: identifier"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a toString b', "unable to parse requirement: found 'toString', expected: in, notin, =, ==, !=, gt, lt"],
    ['a(b)', "unable to parse requirement: found '(', expected: in, notin, =, ==, !=, gt, lt"],
    ['-a=b', /^unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/],
    ['a/b/c', /^unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a valid label key/],
    [`a=${tooLong}`, /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "x{64}": must be no more than 63/],
    ['a in (b,-c)', /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "-c"/],
    [
      'a>b',
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    [
      'a>',
      "unable to parse requirement: values[0]: Invalid value: \"\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    ['a=b\0c', /Invalid value: "b\\x00c"/],
    ['a\u00A0=b', /Invalid value: "a\\u00a0"/],
  ];
  for (const [selector, message] of invalid) {
    it(`rejects ${JSON.stringify(selector.replace(tooLong, `(${tooLong.length} characters)`))} with upstream's message`, () => {
      const error = apiErrorFrom(() => parseLabelSelector(selector));
      expect(error.status).to.include({ code: 400, reason: 'BadRequest' });
      if (typeof message === 'string') {
        expect(error.message).to.equal(message);
      } else {
        expect(error.message).to.match(message);
      }
    });
  }

  const canonical: readonly (readonly [selector: string, text: string])[] = [
    ['', ''],
    [' b == 1 , a ', 'a,b=1'],
    ['a in (x)', 'a=x'],
    ['a in (y, x, y)', 'a in (x,y)'],
    ['a notin (x)', 'a!=x'],
    ['a notin ()', 'a!='],
    ['a in (b,)', 'a in (,b)'],
    ['!a', '!a'],
    ['n>5,n<9', 'n<9,n>5'],
    ['a,a,a', 'a'],
    ['a=1,a', 'a,a=1'],
  ];
  for (const [selector, text] of canonical) {
    it(`prints ${JSON.stringify(selector)} as the canonical text ${JSON.stringify(text)}`, () => {
      expect(String(parseLabelSelector(selector))).to.equal(text);
    });
  }

  it('returns its requirements in the terms of a SubjectAccessReview', () => {
    expect(parseLabelSelector('!c,b==1,a notin (y,x)').requirements).to.deep.equal([
      { key: 'a', operator: 'NotIn', values: ['x', 'y'] },
      { key: 'b', operator: 'In', values: ['1'] },
      { key: 'c', operator: 'DoesNotExist', values: [] },
    ]);
  });

  it('selects everything if it is empty, and reports that', () => {
    expect(parseLabelSelector('').isEmpty).to.equal(true);
    expect(parseLabelSelector('').matches({ a: 'b' })).to.equal(true);
    expect(parseLabelSelector('a').isEmpty).to.equal(false);
  });

  const key = fc.constantFrom('a', 'b', 'in', 'notin', 'example.com/c');
  const value = fc.constantFrom('', 'x', 'y', '5', '10', 'in');
  const requirement = fc.oneof(
    key,
    key.map((k) => `!${k}`),
    fc.tuple(key, fc.constantFrom('=', '==', '!='), value).map((parts) => parts.join(' ')),
    fc
      .tuple(key, fc.constantFrom('in', 'notin'), fc.array(value))
      .map(([k, operator, values]) => `${k} ${operator} (${values.join(', ')})`),
    fc.tuple(key, fc.constantFrom('<', '>'), fc.constantFrom('5', '7')).map((parts) => parts.join('')),
  );
  const selector = fc.array(requirement, { maxLength: 4 }).map((all) => all.join(','));
  const labels = fc.dictionary(key, value);

  it('has a canonical text that selects the same objects and is stable', () => {
    fc.assert(
      fc.property(selector, labels, (text, object) => {
        const first = parseLabelSelector(text);
        const second = parseLabelSelector(first.toString());
        expect(second.toString()).to.equal(first.toString());
        expect(second.requirements).to.deep.equal(first.requirements);
        expect(second.matches(object)).to.equal(first.matches(object));
      }),
    );
  });

  it('does not depend on the order of its requirements', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), (all) => {
        expect(String(parseLabelSelector(all.toReversed().join(',')))).to.equal(
          String(parseLabelSelector(all.join(','))),
        );
      }),
    );
  });

  it('is parsed or rejected with 400, whatever the text', () => {
    const pieces = fc.constantFrom('a', 'in', 'notin', '=', '!', '(', ')', ',', '<', '>', ' ', '5', '\0', 'é', '/');
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const result = resultOrApiError(() => parseLabelSelector(text));
        if (result instanceof ApiError) {
          expect(result.status).to.include({ code: 400, reason: 'BadRequest' });
          expect(result.message).to.not.equal('');
        } else {
          expect(String(parseLabelSelector(result.toString()))).to.equal(result.toString());
        }
      }),
    );
  });
});

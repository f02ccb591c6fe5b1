import { expect } from 'chai';
import * as fc from 'fast-check';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { continueAfter, decodeContinueToken, encodeContinueToken } from '../../../src/server/wire/continue-token.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';

const token = (json: string): string => Buffer.from(json).toString('base64url');

describe('a continue token', () => {
  it("is the base64url form of upstream's JSON", () => {
    const text = continueAfter(7n, 'ns/web');
    expect(text).to.match(/^[A-Za-z0-9_-]+$/);
    expect(JSON.parse(Buffer.from(text, 'base64url').toString())).to.deep.equal({
      v: 'meta.k8s.io/v1',
      rv: 7,
      start: 'ns/web\0',
    });
  });

  it('is decoded if a Kubernetes API server made it', () => {
    const text = 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6Mzk2LCJzdGFydCI6ImRlZmF1bHQvYVx1MDAwMCJ9';
    expect(decodeContinueToken(text)).to.deep.equal({ resourceVersion: 396n, start: 'default/a\0' });
  });

  it('keeps every version below 2^63 and every key exactly', () => {
    const segment = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => text.isWellFormed() && !/^\.\.?$|\//.test(text));
    fc.assert(
      fc.property(
        fc.oneof(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), fc.constant(-1n)),
        fc.array(segment, { minLength: 1, maxLength: 3 }),
        (resourceVersion, segments) => {
          const start = `${segments.join('/')}\0`;
          const text = encodeContinueToken({ resourceVersion, start });
          expect(decodeContinueToken(text)).to.deep.equal({ resourceVersion, start });
          expect(new URLSearchParams({ continue: text }).toString()).to.equal(`continue=${text}`);
        },
      ),
    );
  });

  it('asks for a consistent state if the version is negative', () => {
    expect(decodeContinueToken(encodeContinueToken({ resourceVersion: -5n, start: 'a' })).resourceVersion).to.equal(
      -1n,
    );
  });

  it('means the same key with a leading slash', () => {
    expect(decodeContinueToken(encodeContinueToken({ resourceVersion: 1n, start: '/a/b' })).start).to.equal('a/b');
  });

  const invalid: readonly (readonly [name: string, text: string, message: string])[] = [
    ['is not base64url', 'a+b=', 'illegal base64 data'],
    ['is cut', 'abcde', 'illegal base64 data'],
    ['holds no JSON', token('{'), 'the server did not issue this token'],
    ['holds no object', token('"x"'), 'the server did not issue this token'],
    ['holds null', token('null'), 'the server did not issue this token'],
    ['holds no UTF-8', Buffer.from([0xff, 0xfe]).toString('base64url'), 'the server did not issue this token'],
    ['has no version', token('{"rv":1,"start":"a"}'), 'server does not recognize this encoded version '],
    [
      'has another version',
      token('{"v":"v9","rv":1,"start":"a"}'),
      'server does not recognize this encoded version v9',
    ],
    [
      'has rv 0',
      token('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}'),
      'incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
    ],
    [
      'has no rv',
      token('{"v":"meta.k8s.io/v1","start":"a"}'),
      'incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
    ],
    ['has a broken rv', token('{"v":"meta.k8s.io/v1","rv":1.5,"start":"a"}'), 'the server did not issue this token'],
    ['has a textual rv', token('{"v":"meta.k8s.io/v1","rv":"1","start":"a"}'), 'the server did not issue this token'],
    [
      'has an rv of 2^63',
      token('{"v":"meta.k8s.io/v1","rv":9223372036854775808,"start":"a"}'),
      'the server did not issue this token',
    ],
    ['has no start', token('{"v":"meta.k8s.io/v1","rv":1}'), 'encoded start key empty (version meta.k8s.io/v1)'],
    [
      'has an empty start',
      token('{"v":"meta.k8s.io/v1","rv":1,"start":""}'),
      'encoded start key empty (version meta.k8s.io/v1)',
    ],
    [
      'has a start that is no text',
      token('{"v":"meta.k8s.io/v1","rv":1,"start":[]}'),
      'the server did not issue this token',
    ],
    ['climbs', token('{"v":"meta.k8s.io/v1","rv":1,"start":"../other/a"}'), '../other/a'],
    ['climbs later', token('{"v":"meta.k8s.io/v1","rv":1,"start":"ns/../../a"}'), 'ns/../../a'],
    ['has an unclean path', token('{"v":"meta.k8s.io/v1","rv":1,"start":"a//b"}'), 'a//b'],
    ['stays where it is', token('{"v":"meta.k8s.io/v1","rv":1,"start":"a/./b"}'), 'a/./b'],
  ];
  for (const [name, text, message] of invalid) {
    it(`is rejected with 400 if it ${name}`, () => {
      expect(apiErrorFrom(() => decodeContinueToken(text)).status).to.include({
        code: 400,
        reason: 'BadRequest',
        message: `invalid continue token: continue key is not valid: ${message}`,
      });
    });
  }

  it('is decoded or rejected with 400, whatever the text', () => {
    const anyToken = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.json().map(token),
      fc
        .record({ v: fc.constant('meta.k8s.io/v1'), rv: fc.jsonValue(), start: fc.jsonValue() })
        .map((value) => token(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(anyToken, (text) => {
        const result = resultOrApiError(() => decodeContinueToken(text));
        if (result instanceof ApiError) {
          expect(result.code).to.equal(400);
        } else {
          expect(result.resourceVersion).to.not.equal(0n);
        }
      }),
    );
  });
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import { acceptClauses } from '../../../src/server/wire/accept.ts';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import {
  bodyMediaType,
  contentTypeOf,
  negotiate,
  negotiateError,
  type Endpoint,
  type NegotiateOptions,
} from '../../../src/server/wire/negotiation.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';

const json = 'application/json';
const yaml = 'application/yaml';
const protobuf = 'application/vnd.kubernetes.protobuf';
const kubectl = `${json};as=Table;v=v1;g=meta.k8s.io,${json};as=Table;v=v1beta1;g=meta.k8s.io,${json}`;
const partial = ';as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const partialList = ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const discoveryV2 = `${json};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`;
const discoveryV2beta1 = `${json};g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList`;

describe('negotiate()', () => {
  interface Row {
    readonly accept: string | undefined;
    readonly endpoint: Endpoint;
    /** The media type, then the kind and version of the transform if there is one. */
    readonly expected: string;
    readonly options?: NegotiateOptions;
  }
  const rows: readonly Row[] = [
    { accept: undefined, endpoint: 'list', expected: json },
    { accept: '', endpoint: 'list', expected: json },
    { accept: '*/*', endpoint: 'list', expected: json },
    { accept: 'application/*', endpoint: 'list', expected: json },
    { accept: json, endpoint: 'object', expected: json },
    { accept: 'Application/JSON; charset=utf-8', endpoint: 'object', expected: json },
    { accept: yaml, endpoint: 'object', expected: yaml },
    { accept: `${json};q=0.5, ${yaml}`, endpoint: 'object', expected: yaml },
    { accept: `*/*, ${yaml}`, endpoint: 'object', expected: yaml },
    { accept: `*/*;q=0.9, ${yaml};q=0.1`, endpoint: 'object', expected: json },
    { accept: `${json};q=0, */*`, endpoint: 'object', expected: yaml },
    { accept: `text/html, ${json};q=0.1`, endpoint: 'object', expected: json },
    { accept: `garbage, ${json}`, endpoint: 'object', expected: json },
    { accept: `${protobuf},${json}`, endpoint: 'list', expected: json },
    { accept: `${protobuf}, */*`, endpoint: 'list', expected: json },
    { accept: `text/plain;x="a,${yaml}", ${json}`, endpoint: 'list', expected: json },
    { accept: kubectl, endpoint: 'list', expected: `${json} Table v1` },
    { accept: kubectl, endpoint: 'object', expected: `${json} Table v1` },
    { accept: kubectl, endpoint: 'watch', expected: `${json} Table v1` },
    { accept: kubectl, endpoint: 'list', expected: json, options: { table: false } },
    { accept: `${json};as=Table;v=v1beta1;g=meta.k8s.io`, endpoint: 'list', expected: `${json} Table v1beta1` },
    { accept: `${yaml};as=Table;v=v1;g=meta.k8s.io`, endpoint: 'list', expected: `${yaml} Table v1` },
    { accept: `${json};as=Table;v=v1alpha1;g=meta.k8s.io,${json}`, endpoint: 'list', expected: json },
    { accept: `${json};as=Table;v=v1,${yaml}`, endpoint: 'list', expected: yaml },
    { accept: `${json},${json};as=Table;v=v1;g=meta.k8s.io`, endpoint: 'list', expected: json },
    { accept: `*/*;as=Table;v=v1;g=meta.k8s.io`, endpoint: 'list', expected: `${json} Table v1` },
    {
      accept: `${protobuf}${partial},${json}${partial},${json}`,
      endpoint: 'object',
      expected: `${json} PartialObjectMetadata v1`,
    },
    {
      accept: `${protobuf}${partial},${json}${partial},${json}`,
      endpoint: 'watch',
      expected: `${json} PartialObjectMetadata v1`,
    },
    {
      accept: `${protobuf}${partialList},${json}${partialList}`,
      endpoint: 'list',
      expected: `${json} PartialObjectMetadataList v1`,
    },
    { accept: `${json};stream=watch`, endpoint: 'watch', expected: json },
    { accept: `${json};stream=other,${json}`, endpoint: 'watch', expected: json },
    { accept: discoveryV2, endpoint: 'discovery', expected: `${json} APIGroupDiscoveryList v2` },
    { accept: `${discoveryV2};profile=nopeer`, endpoint: 'discovery', expected: `${json} APIGroupDiscoveryList v2` },
    {
      accept: `${discoveryV2},${discoveryV2beta1},${json}`,
      endpoint: 'discovery',
      expected: `${json} APIGroupDiscoveryList v2`,
    },
    { accept: `${discoveryV2beta1},${json}`, endpoint: 'discovery', expected: json },
    { accept: `${discoveryV2},${json}`, endpoint: 'plain', expected: json },
  ];
  for (const { accept, endpoint, expected, options } of rows) {
    it(`returns ${expected} at a ${endpoint} endpoint for ${String(accept)}`, () => {
      const { mediaType, transform } = negotiate({ accept }, endpoint, options);
      const form = transform.as === 'none' ? '' : ` ${transform.as} ${transform.version}`;
      expect(`${mediaType}${form}`).to.equal(expected);
    });
  }

  const refused: readonly (readonly [accept: string, endpoint: Endpoint, message: string])[] = [
    ['text/html', 'list', `only the following media types are accepted: ${json}, ${yaml}`],
    [protobuf, 'list', `only the following media types are accepted: ${json}, ${yaml}`],
    [`${json};q=0`, 'list', `only the following media types are accepted: ${json}, ${yaml}`],
    ['garbage', 'list', `only the following media types are accepted: ${json}, ${yaml}`],
    [
      `${json};as=Table;v=v1alpha1;g=meta.k8s.io`,
      'list',
      `only the following media types are accepted: ${json}, ${yaml}`,
    ],
    [`${json};as=Toaster;v=v1;g=meta.k8s.io`, 'list', `only the following media types are accepted: ${json}, ${yaml}`],
    [`${json};sv=v1`, 'list', `only the following media types are accepted: ${json}, ${yaml}`],
    [yaml, 'watch', `only the following media types are accepted: ${json};stream=watch`],
    [discoveryV2beta1, 'discovery', `only the following media types are accepted: ${json}, ${yaml}`],
    [discoveryV2, 'plain', `only the following media types are accepted: ${json}, ${yaml}`],
    [`${json}${partial},${json}`, 'list', 'you requested PartialObjectMetadata, but the requested object is a list'],
    [
      `${json}${partialList},${json}`,
      'object',
      'you requested PartialObjectMetadataList, but the requested object is not a list',
    ],
    [
      `${json}${partialList},${json}`,
      'watch',
      'you requested PartialObjectMetadataList, but the requested object is not a list',
    ],
  ];
  for (const [accept, endpoint, message] of refused) {
    it(`throws a 406 at a ${endpoint} endpoint for ${accept}`, () => {
      expect(apiErrorFrom(() => negotiate({ accept }, endpoint)).status).to.include({
        code: 406,
        reason: 'NotAcceptable',
        message,
      });
    });
  }

  const pretty: readonly (readonly [
    query: string,
    userAgent: string | undefined,
    accept: string,
    expected: boolean,
  ])[] = [
    ['', undefined, json, false],
    ['', 'kubectl/v1.36', json, false],
    ['', 'curl/8.0', json, true],
    ['', 'Wget/1.2', json, true],
    ['', 'Mozilla/5.0 (X11)', json, true],
    ['', 'my-curl', json, false],
    ['pretty=true', undefined, json, true],
    ['pretty=1', undefined, json, true],
    ['pretty=yes', 'curl/8.0', json, false],
    ['pretty=false', 'curl/8.0', json, false],
    ['pretty=', 'curl/8.0', json, true],
    ['', undefined, `${json};pretty=1`, true],
    ['', undefined, `${json};pretty=0`, false],
  ];
  for (const [query, userAgent, accept, expected] of pretty) {
    it(`${expected ? 'indents' : 'does not indent'} for ?${query}, agent ${String(userAgent)}, Accept ${accept}`, () => {
      expect(negotiate({ accept, userAgent, query: new URLSearchParams(query) }, 'list').pretty).to.equal(expected);
    });
  }

  it('lists the supported streams in the error for a watch, otherwise all media types', () => {
    const messageFor = (accept: string): string => apiErrorFrom(() => negotiate({ accept }, 'watch')).message;
    expect(messageFor(yaml)).to.equal(`only the following media types are accepted: ${json};stream=watch`);
    expect(messageFor('text/html')).to.equal(`only the following media types are accepted: ${json}, ${yaml}`);
  });

  it('never indents a watch', () => {
    expect(negotiate({ accept: json, userAgent: 'curl/8' }, 'watch').pretty).to.equal(false);
  });

  it('returns a supported form or throws a 406, for any Accept header', () => {
    const piece = fc.constantFrom(
      json,
      yaml,
      '*/*',
      'application/*',
      ';',
      ',',
      '"',
      ';q=',
      '0.5',
      ';as=Table',
      ';v=v1',
      ';g=meta.k8s.io',
      'x',
    );
    const header = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    const endpoint = fc.constantFrom<Endpoint>('object', 'list', 'watch', 'discovery', 'plain');
    fc.assert(
      fc.property(header, endpoint, (accept, at) => {
        const result = resultOrApiError(() => negotiate({ accept }, at));
        expect(result instanceof ApiError ? result.code : result.mediaType).to.be.oneOf([406, json, yaml]);
        expect(negotiateError({ accept }).mediaType).to.be.oneOf([json, yaml]);
      }),
    );
  });
});

describe('acceptClauses()', () => {
  it('sorts by quality, then concrete types before wildcards, then by position', () => {
    const clauses = acceptClauses('*/*, a/*, a/b, a/c;q=0.5, a/d;q=x, a/e;q=7');
    expect(clauses.map(({ mediaType }) => mediaType)).to.deep.equal(['a/b', 'a/d', 'a/e', 'a/*', '*/*', 'a/c']);
  });

  it('keeps parameters, without q', () => {
    const [clause] = acceptClauses('a/b;As=Table;q=0.3;x="1,2"');
    expect([...(clause?.parameters ?? [])]).to.deep.equal([
      ['as', 'Table'],
      ['x', '1,2'],
    ]);
    expect(clause?.quality).to.equal(0.3);
  });

  it('takes linear time for a malicious header', () => {
    expect(acceptClauses(`${'"'.repeat(8000)},a/b`).map(({ mediaType }) => mediaType)).to.deep.equal(['a/b']);
    expect(acceptClauses('"\\'.repeat(100_000))).to.deep.equal([]);
    expect(acceptClauses('a/b,'.repeat(4000))).to.have.length(4000);
  });
});

describe('negotiateError()', () => {
  const plain = { as: 'none' } as const;
  it('skips clauses that ask for a transform or an unknown stream', () => {
    expect(negotiateError({ accept: kubectl })).to.deep.equal({ mediaType: json, transform: plain, pretty: false });
    expect(negotiateError({ accept: `${json};as=Table,${yaml}` }).mediaType).to.equal(yaml);
    for (const accept of [`${yaml};as=Table`, `${json};as=Table;v=v1;g=meta.k8s.io`, `${json};stream=frob`]) {
      expect(negotiateError({ accept }), accept).to.deep.equal({ mediaType: json, transform: plain, pretty: true });
    }
  });

  it('falls back to indented JSON', () => {
    expect(negotiateError({ accept: 'text/html' })).to.deep.equal({ mediaType: json, transform: plain, pretty: true });
  });

  it('returns JSON without an Accept header, indented for interactive clients', () => {
    expect(negotiateError({ accept: undefined }).pretty).to.equal(false);
    expect(negotiateError({ accept: undefined, userAgent: 'curl/8' }).pretty).to.equal(true);
  });
});

describe('contentTypeOf()', () => {
  it('returns the plain media type, except for aggregated discovery', () => {
    expect(contentTypeOf(negotiate({ accept: kubectl }, 'list'))).to.equal(json);
    expect(contentTypeOf(negotiate({ accept: yaml }, 'list'))).to.equal(yaml);
    expect(contentTypeOf(negotiate({ accept: discoveryV2 }, 'discovery'))).to.equal(discoveryV2);
  });
});

describe('bodyMediaType()', () => {
  const accepted = [json, yaml] as const;
  const cases: readonly (readonly [contentType: string | undefined, expected: string])[] = [
    [undefined, json],
    ['', json],
    [json, json],
    ['APPLICATION/JSON; charset=utf-8', json],
    [yaml, yaml],
  ];
  for (const [contentType, expected] of cases) {
    it(`is ${expected} for ${String(contentType)}`, () => {
      expect(bodyMediaType(contentType, accepted)).to.equal(expected);
    });
  }

  for (const contentType of ['text/plain', 'json', 'application/*', protobuf]) {
    it(`throws a 415 for ${contentType}`, () => {
      expect(apiErrorFrom(() => bodyMediaType(contentType, accepted)).status).to.include({
        code: 415,
        message: `the body of the request was in an unknown format - accepted media types include: ${json}, ${yaml}`,
      });
    });
  }
});

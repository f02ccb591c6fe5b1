import { expect } from 'chai';

import { mergeOpenApiV2 } from '../../../../src/testing/cluster/aggregator/openapi-merge.ts';

const ref = (name: string): object => ({ $ref: `#/definitions/${name}` });

describe('mergeOpenApiV2()', () => {
  const own = {
    swagger: '2.0',
    paths: { '/api/v1': { get: ref('Own') } },
    definitions: { Own: { type: 'object' }, Time: { type: 'string' } },
  };

  it('adds the paths below the prefixes and the definitions they refer to', () => {
    const other = {
      paths: {
        '/apis/example.com/v1/widgets': { get: ref('Widget') },
        '/apis/example.com/v10/widgets': { get: ref('Other') },
        '/version': { get: ref('Other') },
      },
      definitions: { Widget: { properties: { size: ref('Size') } }, Size: { type: 'integer' }, Other: {} },
    };
    expect(mergeOpenApiV2(own, other, ['/apis/example.com/v1'])).to.deep.equal({
      swagger: '2.0',
      paths: { '/api/v1': { get: ref('Own') }, '/apis/example.com/v1/widgets': { get: ref('Widget') } },
      definitions: {
        Own: { type: 'object' },
        Time: { type: 'string' },
        Widget: { properties: { size: ref('Size') } },
        Size: { type: 'integer' },
      },
    });
  });

  it('shares equal definitions and renames different ones', () => {
    const other = {
      paths: { '/apis/a/v1/x': { get: [ref('Own'), ref('Time')] } },
      definitions: { Own: { type: 'object', properties: { self: ref('Own') } }, Time: { type: 'string' } },
    };
    const { paths, definitions } = mergeOpenApiV2<{ paths: object; definitions: object }>(own, other, ['/apis/a/v1']);
    expect(paths).to.deep.include({ '/apis/a/v1/x': { get: [ref('Own_v2'), ref('Time')] } });
    expect(definitions).to.deep.equal({
      ...own.definitions,
      Own_v2: { type: 'object', properties: { self: ref('Own_v2') } },
    });
  });

  it('does not change its arguments', () => {
    const before = structuredClone(own);
    mergeOpenApiV2(own, { paths: { '/apis/a/v1': ref('Own') }, definitions: { Own: {} } }, ['/apis/a/v1']);
    expect(own).to.deep.equal(before);
  });
});

import { expect } from 'chai';
import {
  acceptsOpenApiV2Protobuf,
  encodeOpenApiV2,
  OPENAPI_V2_PROTOBUF,
} from '../../../../src/testing/cluster/protobuf/openapi-v2.ts';
import { testCluster } from '../support/without-socket.ts';

/** Encodes a field by hand: a flag, a text or a message. */
const field = (number: number, ...value: (boolean | string | Buffer)[]): Buffer => {
  const [first] = value;
  if (typeof first === 'boolean') return Buffer.from([...varint(number * 8), first ? 1 : 0]);
  const bytes = Buffer.concat(value.map((part) => Buffer.from(part as string)));
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
};

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))];

describe('encodeOpenApiV2()', () => {
  it('encodes schemas', () => {
    const schema = {
      description: 'd',
      type: 'object',
      required: ['a'],
      properties: { a: { $ref: '#/definitions/B' }, l: { type: 'array', items: { type: 'string', maxLength: 300 } } },
      additionalProperties: true,
      enum: [null],
      'x-kubernetes-map-type': 'atomic',
      unheardOf: 1,
    };
    const type = (name: string): Buffer => field(22, field(1, name));
    const list = [type('array'), field(23, field(1, Buffer.from([11 * 8, 0xac, 0x02]), type('string')))];
    expect(encodeOpenApiV2({ swagger: '2.0', definitions: { A: schema } })).to.deep.equal(
      Buffer.concat([
        field(1, '2.0'),
        field(
          9,
          field(
            1,
            field(1, 'A'),
            field(
              2,
              field(4, 'd'),
              field(19, 'a'),
              field(20, field(2, 'null')),
              field(21, field(2, true)),
              type('object'),
              field(
                25,
                field(1, field(1, 'a'), field(2, field(1, '#/definitions/B'))),
                field(1, field(1, 'l'), field(2, ...list)),
              ),
              field(31, field(1, 'x-kubernetes-map-type'), field(2, field(2, '"atomic"'))),
            ),
          ),
        ),
      ]),
    );
  });

  it('encodes operations and parameters', () => {
    const patch = {
      parameters: [
        { name: 'body', in: 'body', required: true, schema: { type: 'object' } },
        { name: 'dryRun', in: 'query', type: 'string' },
      ],
      responses: { 200: { description: 'OK' } },
    };
    const paths = { '/a': { patch, parameters: [{ name: 'n', in: 'path', required: true, type: 'string' }] } };
    const inBody = [field(2, 'body'), field(3, 'body'), field(4, true), field(5, field(22, field(1, 'object')))];
    const inQuery = [field(2, 'query'), field(4, 'dryRun'), field(6, 'string')];
    const inPath = [field(1, true), field(2, 'path'), field(4, 'n'), field(5, 'string')];
    expect(encodeOpenApiV2({ paths })).to.deep.equal(
      field(
        8,
        field(
          2,
          field(1, '/a'),
          field(
            2,
            field(
              8,
              field(8, field(1, field(1, ...inBody))),
              field(8, field(1, field(2, field(3, ...inQuery)))),
              field(9, field(1, field(1, '200'), field(2, field(1, field(1, 'OK'))))),
            ),
            field(9, field(1, field(2, field(4, ...inPath)))),
          ),
        ),
      ),
    );
  });
});

describe('the OpenAPI v2 document of a fake cluster', () => {
  it('is protobuf when the client asks for it, as kubectl does', async () => {
    const { call } = testCluster();
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const { code, headers, text } = await call('GET', '/openapi/v2', { headers: { accept } });
    expect(code).to.equal(200);
    expect(headers['content-type']).to.equal(OPENAPI_V2_PROTOBUF);
    expect(text.slice(0, 5)).to.equal('\n\u00032.0');
    expect(text).to.contain('io.k8s.api.core.v1.Pod');
  });
});

describe('acceptsOpenApiV2Protobuf()', () => {
  for (const [accept, expected] of [
    ['application/com.github.proto-openapi.spec.v2@v1.0+protobuf', true],
    [OPENAPI_V2_PROTOBUF, true],
    ['application/json', false],
    ['application/com.github.proto-openapi.spec.v3.v1.0+protobuf', false],
    [undefined, false],
  ] as const) {
    it(`is ${expected} for ${accept}`, () => {
      expect(acceptsOpenApiV2Protobuf(accept)).to.equal(expected);
    });
  }
});

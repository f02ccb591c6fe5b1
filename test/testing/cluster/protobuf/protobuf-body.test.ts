import { expect } from 'chai';

import { decodeProtobuf, PROTOBUF } from '../../../../src/testing/cluster/protobuf/protobuf-body.ts';
import { testCluster } from '../support/without-socket.ts';

/** Encodes a field as Go does: a number, a text, or a message of further fields. */
const field = (number: number, value: number | string | Buffer): Buffer => {
  if (typeof value === 'number') return Buffer.from([number * 8, ...varint(value)]);
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(bytes.length)]), bytes]);
};

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))];

const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);

const entry = (key: string, value: string): Buffer => message(field(1, key), field(2, value));

const body = (apiVersion: string, kind: string, ...fields: readonly Buffer[]): Buffer =>
  message(
    Buffer.from('k8s\0'),
    field(1, message(field(1, apiVersion), field(2, kind))),
    field(2, message(...fields)),
    field(3, ''),
  );

/** Encodes a name and the zero values that Go writes with it: generateName, an empty creationTimestamp. */
const metadata = (name: string): Buffer => field(1, message(field(1, name), field(2, ''), field(7, 0), field(8, '')));

describe('decodeProtobuf()', () => {
  for (const [what, bytes, object] of [
    [
      'a name',
      body('v1', 'Namespace', metadata('shop'), field(2, ''), field(3, field(1, ''))),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    ],
    [
      'maps, long texts and bytes',
      body(
        'v1',
        'ConfigMap',
        metadata('x'),
        field(2, entry('a', 'b'.repeat(300))),
        field(2, entry('c', '')),
        field(3, entry('d', 'raw')),
      ),
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'x' },
        data: { a: 'b'.repeat(300), c: '' },
        binaryData: { d: 'cmF3' },
      },
    ],
    [
      'lists of messages, and numbers that are zero',
      body(
        'apps/v1',
        'Deployment',
        metadata('d'),
        field(2, message(field(1, 0), field(3, field(2, message(field(2, field(1, 'a')), field(2, field(1, 'b'))))))),
      ),
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd' },
        spec: { replicas: 0, template: { spec: { containers: [{ name: 'a' }, { name: 'b' }] } } },
      },
    ],
    [
      'ports that are numbers or names',
      body(
        'v1',
        'Service',
        metadata('s'),
        field(
          2,
          message(
            field(1, message(field(3, 80), field(4, message(field(1, 0), field(2, 8080), field(3, ''))))),
            field(1, message(field(3, 81), field(4, message(field(1, 1), field(2, 0), field(3, 'http'))))),
          ),
        ),
      ),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: {
          ports: [
            { port: 80, targetPort: 8080 },
            { port: 81, targetPort: 'http' },
          ],
        },
      },
    ],
  ] as const) {
    it(`reads ${what}`, () => {
      expect(decodeProtobuf(bytes)).to.deep.equal(object);
    });
  }

  for (const [what, bytes, code] of [
    ['another magic number', Buffer.from('nope'), 400],
    ['a field cut short', body('v1', 'Namespace', metadata('shop')).subarray(0, -3), 400],
    ['a kind that is not listed', body('v1', 'Pod', metadata('p')), 415],
    [
      'a field that is not listed and has a value',
      body('v1', 'Namespace', metadata('shop'), field(9, 'important')),
      415,
    ],
  ] as const) {
    it(`refuses ${what} with ${code}`, () => {
      expect(() => decodeProtobuf(bytes))
        .to.throw()
        .with.property('code', code);
    });
  }
});

describe('apiHandler()', () => {
  it('reads protobuf and responds in JSON, which typed clients accept', async () => {
    const bytes = body('v1', 'Namespace', metadata('shop'));
    const { call } = testCluster();
    const headers = { 'content-type': PROTOBUF, accept: `${PROTOBUF},application/json` };
    const response = await call('POST', '/api/v1/namespaces', { body: bytes.toString(), headers });
    expect([response.code, response.headers['content-type'], response.body.status]).to.deep.equal([
      201,
      'application/json',
      { phase: 'Active' },
    ]);
  });
});

/** Conversions between versions that fail: each write receives a 500, the reason is in the log, and nothing is stored. */
import { expect } from 'chai';
import type { CustomResourceDefinition } from '../../../src/server/define/custom-definition.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import { type InProcessServer, testServer } from '../../../src/testing/projections/index.ts';

const NAMES = { kind: 'Note', plural: 'notes', namespaced: true, status: true } as const;
const pathOf = (version: string): string => `/apis/example.com/${version}/namespaces/default/notes`;
const note = (version: string, name: string, title: string): Readonly<Record<string, unknown>> => ({
  apiVersion: `example.com/${version}`,
  kind: 'Note',
  metadata: { name },
  spec: { title },
});

type Direction = 'fromStored' | 'toStored';
type Failure = 'throws' | 'returns null' | 'returns a bigint';

describe('a conversion that fails', () => {
  let server: InProcessServer;
  let logged: string[];
  let failing: { direction: Direction; failure: Failure } | undefined;

  beforeEach(async () => {
    logged = [];
    failing = undefined;
    const convert =
      (direction: Direction) =>
      (object: any): any => {
        if (failing?.direction !== direction) return object;
        if (failing.failure === 'throws') throw new RangeError('secret reason');
        return failing.failure === 'returns null' ? null : { ...object, spec: { ...object.spec, at: 1n } };
      };
    // The functions accept objects in which fields are missing, as conversions must.
    const v2: CustomResourceDefinition<any> = {
      ...NAMES,
      conversion: { storedVersion: 'v1', fromStored: convert('fromStored'), toStored: convert('toStored') },
    };
    const store = memoryStore();
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (message: string, detail?: unknown) => void logged.push(`${message} ${String(detail)}`),
    };
    server = testServer({
      apis: [
        { group: 'example.com', version: 'v1', resources: [resource(NAMES, store)] },
        { group: 'example.com', version: 'v2', resources: [resource(v2, store)] },
      ],
      log,
    });
    expect((await send('POST', pathOf('v1'), note('v1', 'a', 'first'))).status).to.equal(201);
    expect(
      (await send('PATCH', `${pathOf('v1')}/a?fieldManager=one`, note('v1', 'a', 'first'), APPLY)).status,
    ).to.equal(200);
  });
  afterEach(() => server.close());

  const APPLY = 'application/apply-patch+yaml';
  async function send(method: string, path: string, body?: unknown, type = 'application/json'): Promise<any> {
    const response = await server.request(path, {
      method,
      headers: { 'Content-Type': type },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }
  const stored = async (): Promise<any> => (await send('GET', pathOf('v1'))).body.items;

  const WRITES: readonly (readonly [title: string, method: string, path: string, body: unknown, type?: string])[] = [
    ['a create', 'POST', pathOf('v2'), note('v2', 'b', 'new')],
    ['an update', 'PUT', `${pathOf('v2')}/a`, note('v2', 'a', 'second')],
    ['an update of the status', 'PUT', `${pathOf('v2')}/a/status`, { ...note('v2', 'a', 'first'), status: { x: 1 } }],
    ['a merge patch', 'PATCH', `${pathOf('v2')}/a`, { spec: { title: 'second' } }, 'application/merge-patch+json'],
    [
      'a JSON patch',
      'PATCH',
      `${pathOf('v2')}/a`,
      [{ op: 'replace', path: '/spec/title', value: 'second' }],
      'application/json-patch+json',
    ],
    ['an apply that creates', 'PATCH', `${pathOf('v2')}/b?fieldManager=two`, note('v2', 'b', 'new'), APPLY],
    ['an apply', 'PATCH', `${pathOf('v2')}/a?fieldManager=two&force=true`, note('v2', 'a', 'second'), APPLY],
  ];

  for (const direction of ['toStored', 'fromStored'] as const) {
    for (const failure of ['throws', 'returns null', 'returns a bigint'] as const) {
      for (const [title, method, path, body, type] of WRITES) {
        it(`changes nothing and is logged: ${direction}() ${failure} in ${title}`, async () => {
          const before = await stored();
          const [{ metadata }] = before;
          const sent = method === 'PUT' ? { ...(body as object), metadata } : body;
          failing = { direction, failure };
          const { status, body: refused } = await send(method, path, sent, type);
          expect([status, refused.kind, refused.reason]).to.deep.equal([500, 'Status', 'InternalError']);
          expect(JSON.stringify(refused)).to.not.contain('secret');
          expect(logged, 'log').to.have.length(1);
          failing = undefined;
          expect(await stored()).to.deep.equal(before);
          expect((await send(method, path, sent, type)).status, 'afterwards').to.be.oneOf([200, 201]);
        });
      }
    }
  }

  it('is an error of an apply in the stored version, if a field of the other version has an owner', async () => {
    const applied = await send('PATCH', `${pathOf('v2')}/a?fieldManager=two`, note('v2', 'a', 'first'), APPLY);
    expect(applied.status).to.equal(200);
    const before = await stored();
    failing = { direction: 'fromStored', failure: 'throws' };
    const path = `${pathOf('v1')}/a?fieldManager=three&force=true`;
    const { status, body } = await send('PATCH', path, note('v1', 'a', 'third'), APPLY);
    failing = undefined;
    expect([status, body.reason]).to.deep.equal([500, 'InternalError']);
    expect(logged.join('\n')).to.contain('the conversion from example.com/v1 to example.com/v2 failed');
    expect(await stored()).to.deep.equal(before);
  });
});

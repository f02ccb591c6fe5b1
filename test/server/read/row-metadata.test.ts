/** Metadata of rows, through HTTP: a bad row is left out, and the other rows are served to every client. */
import { expect } from 'chai';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, names, TestServer } from '../../support/test-server.ts';

const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

/** Metadata that apimachinery's ObjectMeta cannot hold, or that its validation refuses. */
const BAD: readonly Readonly<Record<string, unknown>>[] = [
  { labels: { a: 1 } },
  { labels: 'a' },
  { labels: ['a'] },
  { annotations: { a: false } },
  { creationTimestamp: 'today' },
  { creationTimestamp: 1 },
  { deletionTimestamp: '2026-01-01' },
  { finalizers: 'a' },
  { finalizers: [1] },
  { ownerReferences: {} },
  { ownerReferences: [{ uid: 1 }] },
  { generation: 1.5 },
  { managedFields: 'a' },
  { labels: { 'a b': 'c' } },
  { labels: { a: 'b c' } },
  { labels: { '': 'a' } },
  { labels: { a: 'x'.repeat(64) } },
  { labels: { 'Example.com/a': 'b' } },
  { labels: { 'a/b/c': 'd' } },
  { annotations: { 'a b': 'c' } },
  { annotations: { a: 'x'.repeat(262_144) } },
  { finalizers: ['a b'] },
  { finalizers: ['orphan', 'foregroundDeletion'] },
  { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a' }] },
  { ownerReferences: [{ apiVersion: 'a/b/c', kind: 'Pod', name: 'a', uid: 'u' }] },
  {
    ownerReferences: ['a', 'b'].map((name) => ({ apiVersion: 'v1', kind: 'Pod', name, uid: name, controller: true })),
  },
  { generateName: 'a/b' },
];

/** Fields that are null count as absent. */
const NULLS = ['labels', 'annotations', 'creationTimestamp', 'deletionTimestamp', 'finalizers', 'ownerReferences'];

describe('metadata of rows', () => {
  let test: TestServer;
  afterEach(() => test.close());

  async function serve(extra: Readonly<Record<string, unknown>>): Promise<void> {
    const pods = fakeInformer(pod('shop/bad'), pod('shop/good', { labels: { app: 'web' } }));
    const rows = pods.pipe(
      map(({ metadata }) => ({
        metadata: {
          name: metadata?.name,
          namespace: metadata?.namespace,
          labels: metadata?.labels,
          ...(metadata?.name === 'bad' ? extra : {}),
        },
      })),
    );
    test = await TestServer.listening({
      resources: [resource({ kind: 'Row', plural: 'rows', namespaced: true }, rows)],
    });
  }

  for (const extra of BAD) {
    it(`leaves out a row with ${JSON.stringify(extra).slice(0, 150)}, and logs the reason`, async () => {
      await serve(extra);
      expect(names(await test.json(`${BASE}/rows`))).to.deep.equal(['good']);
      expect(names(await test.json(`${BASE}/rows?labelSelector=app%3Dweb`))).to.deep.equal(['good']);
      expect(test.log.of('warn').join('\n')).to.contain('no row for shop/bad: metadata is not valid: ');
      expect((await test.get('/readyz')).status).to.equal(200);
    });
  }

  it('names the path and the value of the field', async () => {
    await serve({ labels: { app: 'not valid' } });
    expect(test.log.of('warn').join('\n')).to.contain(
      'metadata is not valid: metadata.labels is "not valid": a valid label must be an empty string or consist of',
    );
  });

  it('serves metadata with a syntax that is rare, but valid', async () => {
    const extra = {
      labels: { 'example.com/Name_1.x': '', A: 'B.c-d_e', b: 'x'.repeat(63), ['y'.repeat(63)]: '1' },
      annotations: { 'Example.com/a': 'any\ntext', b: 'x'.repeat(200_000) },
      finalizers: ['kubernetes', 'example.com/finalizer'],
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'a', uid: 'u', controller: true }],
    };
    await serve(extra);
    const { items } = await test.json(`${BASE}/rows`);
    expect(items[0].metadata).to.deep.include({ name: 'bad', ...extra });
  });

  it('serves labels that are copied from the source as they are', async () => {
    const pods = fakeInformer(pod('shop/a', { labels: { text: 'x'.repeat(100) } }), pod('shop/b'));
    const rows = pods.pipe(map((object) => ({ metadata: identity(object) })));
    test = await TestServer.listening({
      resources: [resource({ kind: 'Row', plural: 'rows', namespaced: true }, rows)],
    });
    expect(names(await test.json(`${BASE}/rows`))).to.deep.equal(['a', 'b']);
  });

  for (const field of NULLS) {
    it(`serves a row with ${field}: null like a row without ${field}`, async () => {
      await serve({ [field]: null });
      const list = await test.json(`${BASE}/rows`);
      expect(names(list)).to.deep.equal(['bad', 'good']);
      expect(list['items'][0].metadata).to.not.have.property(field);
      expect(names(await test.json(`${BASE}/rows?labelSelector=app%3Dweb`))).to.deep.equal(['good']);
      expect(names(await test.json(`${BASE}/rows?labelSelector=!app`))).to.deep.equal(['bad']);
      const table = await test.json(`${BASE}/rows`, TABLE);
      expect(table['rows'].map(({ cells }: { cells: unknown[] }) => cells)).to.deep.equal([
        ['bad', '<unknown>'],
        ['good', '<unknown>'],
      ]);
    });
  }

  it("prints <unknown> for Go's zero time, and times in the future if the column has the option", async () => {
    const ends: Readonly<Record<string, string | null | undefined>> = {
      a: '0001-01-01T00:00:00Z',
      b: null,
      c: undefined,
      d: new Date(864_000_000).toISOString(),
      e: new Date(-60_000).toISOString(),
    };
    const pods = fakeInformer(...Object.keys(ends).map((name) => pod(`shop/${name}`)));
    const rows = pods.pipe(
      map(({ metadata }) => ({
        metadata: { name: metadata?.name, namespace: metadata?.namespace, creationTimestamp: '0001-01-01T00:00:00Z' },
        end: ends[metadata?.name ?? ''],
      })),
    );
    test = await TestServer.listening({
      resources: [
        resource(
          {
            kind: 'Row',
            plural: 'rows',
            namespaced: true,
            columns: [
              { name: 'End', type: 'date', value: ({ end }) => end },
              { name: 'Until', type: 'date', future: true, value: ({ end }) => end },
            ],
          },
          rows,
        ),
      ],
      clock: { now: () => 0, schedule: () => () => undefined },
    });
    const { rows: cells } = await test.json(`${BASE}/rows`, TABLE);
    expect(cells.map((row: { cells: unknown[] }) => row.cells)).to.deep.equal([
      ['a', '<unknown>', '<unknown>', '<unknown>'],
      ['b', '<unknown>', '<unknown>', '<unknown>'],
      ['c', '<unknown>', '<unknown>', '<unknown>'],
      ['d', '<invalid>', 'in 10d', '<unknown>'],
      ['e', '60s', '60s', '<unknown>'],
    ]);
  });
});

import { expect } from 'chai';
import { parse } from 'yaml';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { fakeInformer, type FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;
const ROW = `${BASE}/namespaces/shop/podsummaries/web`;
const table = (version = 'v1'): string => `application/json;as=Table;v=${version};g=meta.k8s.io`;
const partial = (list = false, version = 'v1'): string =>
  `application/json;as=PartialObjectMetadata${list ? 'List' : ''};v=${version};g=meta.k8s.io`;
const KUBECTL = `${table()},${table('v1beta1')},application/json`;

describe('Representations', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let version: string;

  beforeEach(async () => {
    pods = fakeInformer(
      pod('shop/web', { phase: 'Running', labels: { app: 'web' } }),
      pod('shop/web-2', { phase: 'Pending' }),
    );
    test = await TestServer.listening({
      resources: [
        podSummaries(pods, {
          columns: [
            { name: 'Phase', type: 'string', description: 'Where it is.', value: (row) => row.status.phase },
            { name: 'Length', type: 'integer', priority: 1, value: (row) => row.status.phase.length },
            { name: 'Again', type: 'date', priority: 1, value: (row) => row.metadata.creationTimestamp },
          ],
        }),
      ],
    });
    version = (await test.json(ROWS))['metadata'].resourceVersion;
  });

  afterEach(() => test.close());

  describe('as Table', () => {
    it('returns a list for kubectl with ages at the time of the request', async () => {
      const { headers } = await test.get(ROWS, { accept: KUBECTL });
      expect(headers['content-type']).to.equal('application/json');
      test.clock.advance(125_000);
      const list = await test.json(`${ROWS}?limit=1`, { accept: KUBECTL });
      expect(list).to.deep.include({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
      expect(list['metadata']).to.deep.include({ resourceVersion: version, remainingItemCount: 1 });
      expect(list['metadata'].continue).to.be.a('string');
      expect(list['columnDefinitions']).to.deep.equal([
        {
          name: 'Name',
          type: 'string',
          format: 'name',
          description: 'The name of the object, unique within its namespace.',
          priority: 0,
        },
        { name: 'Phase', type: 'string', format: '', description: 'Where it is.', priority: 0 },
        { name: 'Length', type: 'integer', format: '', description: '', priority: 1 },
        { name: 'Again', type: 'date', format: '', description: '', priority: 1 },
        { name: 'Age', type: 'date', format: '', description: 'The time since the object was created.', priority: 0 },
      ]);
      expect(list['rows']).to.have.length(1);
      expect(list['rows'][0].cells).to.deep.equal(['web', 'Running', 7, '2m5s', '2m5s']);
    });

    for (const [query, object] of [
      ['', 'PartialObjectMetadata'],
      ['includeObject=', 'PartialObjectMetadata'],
      ['includeObject=Metadata', 'PartialObjectMetadata'],
      ['includeObject=Object', 'PodSummary'],
      ['includeObject=None', undefined],
    ] as const) {
      it(`includes ${object ?? 'nothing'} for "${query}" in lists, gets and watches`, async () => {
        const list = await test.json(`${ROWS}?${query}`, { accept: table() });
        const one = await test.json(`${ROW}?${query}`, { accept: table() });
        const stream = test.http2.watch(`${ROWS}?watch=1&${query}`, { accept: table() });
        const event = (await stream.next())?.object as unknown as Record<string, any>;
        for (const { rows } of [list, one, event] as Record<string, any>[]) {
          expect(rows[0].object?.kind).to.equal(object);
          if (object === undefined) expect(rows[0].object).to.equal(null);
          else expect(rows[0].object.metadata).to.include({ name: 'web', namespace: 'shop' });
        }
        expect(one['rows']).to.have.length(1);
        expect(one['metadata'].resourceVersion).to.equal((await test.json(ROW))['metadata'].resourceVersion);
      });
    }

    it('has the requested version', async () => {
      const list = await test.json(ROWS, { accept: table('v1beta1') });
      expect(list['apiVersion']).to.equal('meta.k8s.io/v1beta1');
      expect(list['rows'][0].object.apiVersion).to.equal('meta.k8s.io/v1beta1');
    });

    it('rejects an unknown includeObject with 400', async () => {
      const { status, text } = await test.get(`${ROWS}?includeObject=x`, { accept: table() });
      expect(status).to.equal(400);
      expect(JSON.parse(text).message).to.equal(
        `Unable to convert to Table as requested: includeObject: Invalid value: "x": must be 'Metadata', 'Object', 'None', or empty`,
      );
    });

    it('sends the column definitions only in the first event of a watch', async () => {
      const stream = test.http2.watch(`${ROWS}?watch=1&allowWatchBookmarks=true`, { accept: table() });
      const events: any[] = [];
      for (let i = 0; i < 3; i += 1) events.push(await stream.next());
      pods.modify(pod('shop/web', { phase: 'Failed' }));
      pods.delete('shop/web');
      events.push(await stream.next(), await stream.next());
      expect(events.map(({ type }) => type)).to.deep.equal(['ADDED', 'ADDED', 'BOOKMARK', 'MODIFIED', 'DELETED']);
      expect(events.map(({ object }) => object.kind)).to.deep.equal(Array.from({ length: 5 }, () => 'Table'));
      expect(events.map(({ object }) => object.columnDefinitions?.length ?? null)).to.deep.equal([
        5,
        null,
        null,
        null,
        null,
      ]);
      expect(events[3].object.rows[0].cells.slice(0, 3)).to.deep.equal(['web', 'Failed', 6]);
      // The content before the delete, and the version of the event.
      expect(events[4].object.rows[0].cells.slice(0, 3)).to.deep.equal(['web', 'Failed', 6]);
      expect(events[4].object.metadata.resourceVersion).to.equal(
        events[4].object.rows[0].object.metadata.resourceVersion,
      );
      expect(
        BigInt(events[4].object.metadata.resourceVersion) > BigInt(events[3].object.metadata.resourceVersion),
      ).to.equal(true);
    });

    it('marks the end of the initial events also without objects, with the columns if it is the first event', async () => {
      const query = 'watch=1&allowWatchBookmarks=true&includeObject=None&fieldSelector=metadata.name%3Dnone';
      const stream = test.http2.watch(`${ROWS}?${query}`, { accept: table() });
      const event = (await stream.next()) as any;
      expect(event.type).to.equal('BOOKMARK');
      expect(event.object.columnDefinitions).to.have.length(5);
      expect(event.object.metadata).to.deep.equal({ resourceVersion: version });
      expect(event.object.rows[0].object.metadata.annotations).to.deep.equal({ 'k8s.io/initial-events-end': 'true' });
      expect(event.object.rows[0].cells).to.have.length(5);
    });

    it('sends a later watcher the current ages', async () => {
      const ages = async (): Promise<unknown[]> => {
        const stream = test.http2.watch(`${ROWS}?watch=1`, { accept: table() });
        const lines = [await stream.next(), await stream.next()] as any[];
        return lines.map(({ object }) => object.rows[0].cells.at(-1));
      };
      expect(await ages()).to.deep.equal(['0s', '0s']);
      test.clock.advance(10_000);
      expect(await ages()).to.deep.equal(['10s', '10s']);
    });

    it('sends each watcher the age at the time of the event', async () => {
      const streams = [0, 1].map(() =>
        test.http2.watch(`${ROWS}?watch=1&resourceVersion=${version}`, { accept: table() }),
      );
      await until(() => test.server.counts().watchers === 2);
      for (const age of ['10s', '20s']) {
        test.clock.advance(10_000);
        pods.modify(pod('shop/web', { labels: { age } }));
        for (const stream of streams) expect(((await stream.next()) as any).object.rows[0].cells.at(-1)).to.equal(age);
      }
    });
  });

  describe('with a column that fails', () => {
    let failing: TestServer;
    beforeEach(async () => {
      failing = await TestServer.listening({
        resources: [
          podSummaries(pods, {
            columns: [
              {
                name: 'Bad',
                type: 'string',
                value: (row) => {
                  if (row.metadata.name === 'web') throw new Error('no such field');
                  return row.status.phase;
                },
              },
              { name: 'Object', type: 'string', value: () => ({}) as unknown as string },
              { name: 'Big', type: 'integer', value: () => 1n as unknown as number },
              { name: 'When', type: 'date', value: () => new Date(0) as unknown as string },
            ],
          }),
        ],
      });
    });
    afterEach(() => failing.close());

    it('leaves the cell empty and changes nothing else', async () => {
      const list = await failing.json(ROWS, { accept: table() });
      expect(list['rows'].map((row: any) => row.cells)).to.deep.equal([
        ['web', null, null, null, '<unknown>', '0s'],
        ['web-2', 'Pending', null, null, '<unknown>', '0s'],
      ]);
      const stream = failing.http2.watch(`${ROWS}?watch=1`, { accept: table() });
      expect(((await stream.next()) as any).object.rows[0].cells[1]).to.equal(null);
    });

    it('logs the failure once', async () => {
      for (let i = 0; i < 3; i += 1) {
        await failing.json(ROWS, { accept: table() });
        pods.modify(pod('shop/web', { labels: { n: String(i) } }));
      }
      expect(failing.log.of('warn')).to.deep.equal(
        ['Bad', 'Object', 'Big', 'When'].map(
          (name) =>
            `podsummaries: column "${name}" failed for shop/web, so the cell is empty (logged once for each column)`,
        ),
      );
    });
  });

  describe('as PartialObjectMetadata', () => {
    for (const meta of ['v1', 'v1beta1']) {
      it(`returns gets, lists and watches in ${meta}`, async () => {
        const { resourceVersion } = (await test.json(ROW))['metadata'];
        const one = await test.json(ROW, { accept: partial(false, meta) });
        expect(one).to.have.all.keys('kind', 'apiVersion', 'metadata');
        expect(one).to.deep.include({ kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${meta}` });
        expect(one['metadata']).to.deep.include({ name: 'web', labels: { app: 'web' }, resourceVersion });
        const list = await test.json(`${ROWS}?limit=1`, { accept: partial(true, meta) });
        expect(list).to.deep.include({ kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${meta}` });
        expect(list['metadata'].remainingItemCount).to.equal(1);
        expect(list['items']).to.deep.equal([one]);
        const stream = test.http2.watch(`${ROWS}?watch=1&allowWatchBookmarks=true`, { accept: partial(false, meta) });
        expect((await stream.next())?.object).to.deep.equal(one);
        await stream.next();
        const bookmark = (await stream.next()) as any;
        expect(bookmark.object).to.deep.equal({
          kind: 'PartialObjectMetadata',
          apiVersion: `meta.k8s.io/${meta}`,
          metadata: { resourceVersion: version, annotations: { 'k8s.io/initial-events-end': 'true' } },
        });
      });
    }

    it('skips protobuf, which client-go prefers', async () => {
      const accept = `application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,${partial()},application/json`;
      expect((await test.json(ROW, { accept }))['kind']).to.equal('PartialObjectMetadata');
    });
  });

  for (const [name, path, accept] of [
    ['a list as one object', ROWS, partial()],
    ['an object as a list', ROW, partial(true)],
    ['a watch as a list', `${ROWS}?watch=1`, partial(true)],
    ['protobuf alone', ROWS, 'application/vnd.kubernetes.protobuf'],
    ['an unknown version of Table', ROWS, table('v1alpha1')],
    ['HTML', ROWS, 'text/html'],
  ] as const) {
    it(`refuses ${name} with 406, as indented JSON`, async () => {
      const { status, text, headers } = await test.get(path, { accept });
      expect(status).to.equal(406);
      expect(headers['content-type']).to.equal('application/json');
      expect(JSON.parse(text)).to.include({ kind: 'Status', reason: 'NotAcceptable', code: 406 });
      if (name === 'HTML') expect(text).to.match(/^\{\n {2}"kind"/);
    });
  }

  it('returns lists, objects, Tables, errors and discovery as YAML', async () => {
    const accept = 'application/yaml';
    for (const [path, kind, status] of [
      [ROWS, 'PodSummaryList', 200],
      [ROW, 'PodSummary', 200],
      [`${ROW}x`, 'Status', 404],
      [BASE, 'APIResourceList', 200],
      ['/apis', 'APIGroupList', 200],
    ] as const) {
      const response = await test.get(path, { accept });
      expect(response.status).to.equal(status);
      expect(response.headers['content-type']).to.equal('application/yaml');
      expect(parse(response.text)).to.include({ kind });
    }
    const response = await test.get(ROWS, { accept: 'application/yaml;as=Table;v=v1;g=meta.k8s.io' });
    expect(parse(response.text)).to.include({ kind: 'Table' });
  });

  for (const [query, headers, indented] of [
    ['', {}, false],
    ['?pretty=true', {}, true],
    ['?pretty=1', {}, true],
    ['', { 'user-agent': 'curl/8.5.0' }, true],
    ['?pretty=false', { 'user-agent': 'curl/8.5.0' }, false],
    ['', { accept: 'application/json;pretty=1' }, true],
  ] as const) {
    it(`${indented ? 'indents' : 'does not indent'} for "${query}" ${JSON.stringify(headers)}`, async () => {
      for (const path of [ROWS, ROW, `${ROW}x`, BASE]) {
        const { text } = await test.get(`${path}${query}`, headers);
        expect(text.startsWith('{\n  "'), path).to.equal(indented);
        expect(text.endsWith(indented ? '\n}' : '}\n'), path).to.equal(true);
      }
    });
  }
});

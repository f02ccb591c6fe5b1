/** The bytes that stay after rows and changes were sent. */
import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import type { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { viewsOf } from '../../../src/server/api-server.ts';
import type { ByteBudget } from '../../../src/server/read/byte-budget.ts';
import type { Representation } from '../../../src/server/read/representations.ts';
import { fakeInformer, type FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import type { LineStream } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;
const COUNT = 200;
const WATCH_LIST = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const METADATA = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';

describe('Representations, memory', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let view: MaterializedView;
  let budget: ByteBudget;
  /** The number of computed cells. */
  let cells = 0;

  beforeEach(async () => {
    cells = 0;
    pods = fakeInformer(...Array.from({ length: COUNT }, (_, index) => pod(`shop/web-${index}`)));
    const value = (row: { status: { phase: string } }): string => {
      cells += 1;
      return row.status.phase;
    };
    test = await TestServer.listening({
      resources: [podSummaries(pods, { columns: [{ name: 'Phase', type: 'string', value }] })],
    });
    const [served] = viewsOf(test.server);
    if (served === undefined) throw new Error('no resource is served');
    view = served.view;
    budget = served.budget;
  });

  afterEach(() => test.close());

  /** Reads the initial events of a watch and its first bookmark. */
  async function watchList(accept = 'application/json'): Promise<LineStream> {
    const stream = test.http2.watch(`${ROWS}?${WATCH_LIST}`, { accept });
    for (let events = 0; events < COUNT; events += 1) expect((await stream.next())?.type).to.equal('ADDED');
    expect((await stream.next())?.type).to.equal('BOOKMARK');
    return stream;
  }

  it('keeps nothing of a WatchList, and a metadata list and a Table on the budget', async () => {
    const before = view.logBytes;
    await watchList();
    await watchList(METADATA);
    await watchList(TABLE);
    expect(budget.bytes).to.equal(0);
    expect((await test.json(ROWS, { accept: METADATA_LIST }))['items']).to.have.length(COUNT);
    cells = 0;
    for (const _ of [1, 2]) expect((await test.json(ROWS, { accept: TABLE }))['rows']).to.have.length(COUNT);
    expect(view.logBytes).to.equal(before);
    expect(cells, 'the second Table is not encoded again').to.equal(COUNT);
    expect(budget.bytes).to.be.above(0);
  });

  it('encodes each form of a row for each reader, except the JSON of the row', () => {
    const [served] = viewsOf(test.server);
    const row = view.get('shop/web-0');
    if (served === undefined || row === undefined) throw new Error('the row is missing');
    const encoded = (form: Representation): Buffer => served.representations.encode(row, form);
    const metadata = { as: 'partial', version: 'v1' } as const;
    const table = { as: 'table', version: 'v1', includeObject: 'Metadata' } as const;
    for (const form of [metadata, table]) {
      expect(encoded(form)).to.deep.equal(encoded(form));
      expect(encoded(form)).to.not.equal(encoded(form));
    }
    expect(encoded({ as: 'object' })).to.equal(row.bytes);
  });

  it('counts the frame of a change that several watchers share against the bound of the log', async () => {
    const streams = [await watchList(), await watchList(), await watchList(METADATA)];
    const before = view.logBytes;
    const old = view.get('shop/web-0')?.bytes.length ?? NaN;
    pods.modify(pod('shop/web-0', { phase: 'Failed' }));
    const events = await Promise.all(streams.map((stream) => stream.next()));
    const lines = events.map((event) => Buffer.byteLength(`${JSON.stringify(event)}\n`));
    expect(events[0]).to.deep.equal(events[1]);
    const rows = old + (view.get('shop/web-0')?.bytes.length ?? NaN);
    expect(view.logBytes - before).to.equal(rows + (lines[0] ?? NaN) + (lines[2] ?? NaN));
  });

  it('keeps no frame of a change for a single watcher', async () => {
    const stream = await watchList();
    await until(() => view.watchers === 1);
    const before = view.logBytes;
    const old = view.get('shop/web-0')?.bytes.length ?? NaN;
    pods.modify(pod('shop/web-0', { phase: 'Failed' }));
    expect((await stream.next())?.type).to.equal('MODIFIED');
    expect(view.logBytes - before).to.equal(old + (view.get('shop/web-0')?.bytes.length ?? NaN));
  });
});

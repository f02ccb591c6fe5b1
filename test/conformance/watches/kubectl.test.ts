/** The requests of kubectl 1.36, recorded with -v=9: conformance 10.3. */
import { expect } from 'chai';
import { pod } from '../../../src/testing/informers/index.ts';
import type { LineStream } from '../../support/https-client.ts';
import { BASE } from '../../support/test-server.ts';
import { lines, next, SHOP, eventText, versionOf, WatchRig } from './watch-rig.ts';

const KUBECTL = { 'user-agent': 'kubectl/v1.36.4 (linux/amd64) kubernetes/bb826b1' };
const TABLES = {
  ...KUBECTL,
  accept:
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
};
const OBJECTS = { ...KUBECTL, accept: 'application/json' };

/** The cells without the age. */
const cellsOf = (object: any): unknown[] => object.rows.map((row: any) => row.cells.slice(0, 2));

describe('kubectl', () => {
  let rig: WatchRig;
  const get = async (path: string, headers = TABLES): Promise<any> =>
    JSON.parse((await rig.test.get(path, headers)).text);
  const watch = async (path: string, headers = TABLES): Promise<LineStream> => {
    const before = rig.watchers;
    const stream = rig.test.http2.watch(path, headers);
    while (rig.watchers === before) await rig.pass(0);
    return stream;
  };

  beforeEach(async () => {
    rig = await WatchRig.of(pod('shop/a', { phase: 'Running' }), pod('shop/b'), pod('bank/c'));
  });

  afterEach(() => rig.close());

  it('10.3 get R receives one Table with a version to watch from', async () => {
    const table = await get(`${SHOP}?limit=500`);
    expect(cellsOf(table)).to.deep.equal([
      ['a', 'Running'],
      ['b', 'Pending'],
    ]);
    expect(table.columnDefinitions.map((column: any) => column.name)).to.deep.equal(['Name', 'Phase', 'Age']);
    expect(table.metadata.resourceVersion).to.match(/^[1-9][0-9]*$/);
    expect(table.metadata.continue ?? '').to.equal('');
  });

  it('10.3 get R of more than 500 rows receives pages of one Table at one version', async () => {
    rig.pods.add(...Array.from({ length: 1200 }, (_, n) => pod(`zoo/p${n}`)));
    const path = `${BASE}/namespaces/zoo/podsummaries?limit=500`;
    const names = new Set<string>();
    const versions = new Set<string>();
    let query = '';
    do {
      const table = await get(`${path}${query}`);
      for (const [name] of cellsOf(table) as [string][]) names.add(name);
      versions.add(table.metadata.resourceVersion);
      rig.pods.add(pod(`zoo/late-${names.size}`));
      query = table.metadata.continue ? `&continue=${encodeURIComponent(table.metadata.continue)}` : '';
    } while (query !== '');
    expect([names.size, versions.size]).to.deep.equal([1200, 1]);
  });

  it('10.3 get R -w receives changes after the list as Tables, with columns in the first one', async () => {
    const { metadata } = await get(`${SHOP}?limit=500`);
    rig.pods.modify(pod('shop/a', { phase: 'Failed' }));
    const stream = await watch(`${SHOP}?resourceVersion=${metadata.resourceVersion}&watch=true`);
    rig.pods.delete('shop/b');
    rig.pods.add(pod('bank/not-here'), pod('shop/new'));
    const events = (await lines(stream, 3)) as any[];
    expect(events.map(({ type, object }) => [type, object.kind, ...cellsOf(object)])).to.deep.equal([
      ['MODIFIED', 'Table', ['a', 'Failed']],
      ['DELETED', 'Table', ['b', 'Pending']],
      ['ADDED', 'Table', ['new', 'Pending']],
    ]);
    expect(events.map(({ object }) => object.columnDefinitions?.length ?? 0)).to.deep.equal([3, 0, 0]);
    for (const { object } of events) expect(object.rows[0].object.kind).to.equal('PartialObjectMetadata');
  });

  it('10.3 get R --watch-only sends the same list and the same watch', async () => {
    const { metadata } = await get(`${SHOP}?limit=500`);
    const stream = await watch(`${SHOP}?resourceVersion=${metadata.resourceVersion}&watch=true`);
    rig.pods.modify(pod('shop/b', { phase: 'Running' }));
    const [first] = (await lines(stream, 1)) as any[];
    expect([first.type, ...cellsOf(first.object)]).to.deep.equal(['MODIFIED', ['b', 'Running']]);
  });

  it('10.3 get R NAME -w receives the object again as the first event, which kubectl does not print, and then its changes', async () => {
    expect(cellsOf(await get(`${SHOP}/a`))).to.deep.equal([['a', 'Running']]);
    const stream = await watch(`${SHOP}?fieldSelector=metadata.name%3Da&resourceVersion=0&watch=true`);
    rig.pods.modify(pod('shop/b', { phase: 'Failed' }));
    rig.pods.modify(pod('shop/a', { phase: 'Failed' }));
    rig.pods.delete('shop/a');
    const events = (await lines(stream, 3)) as any[];
    expect(events.map(({ type, object }) => [type, ...cellsOf(object)])).to.deep.equal([
      ['ADDED', ['a', 'Running']],
      ['MODIFIED', ['a', 'Failed']],
      ['DELETED', ['a', 'Failed']],
    ]);
    expect(events[0].object.columnDefinitions).to.have.length(3);
  });

  it('10.3 get R -w -o json receives objects from the list and its watch', async () => {
    const { metadata } = await get(`${SHOP}?limit=500`, OBJECTS);
    const stream = await watch(`${SHOP}?resourceVersion=${metadata.resourceVersion}&watch=true`, OBJECTS);
    rig.pods.modify(pod('shop/b', { phase: 'Running' }));
    expect(await next(stream, 1)).to.deep.equal(['MODIFIED b Running']);
  });

  it('10.3 get R --sort-by receives whole objects in a Table', async () => {
    const table = await get(`${SHOP}?includeObject=Object`);
    expect(table.rows.map((row: any) => [row.object.kind, row.object.status.phase])).to.deep.equal([
      ['PodSummary', 'Running'],
      ['PodSummary', 'Pending'],
    ]);
  });

  const WAIT = `${SHOP}?allowWatchBookmarks=true&fieldSelector=metadata.name%3Da&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeoutSeconds=329&watch=true`;

  it('10.3 wait receives the object and then a WatchList of its name until the condition is met', async () => {
    expect(await get(`${SHOP}/a`, OBJECTS)).to.deep.include({ kind: 'PodSummary', status: { phase: 'Running' } });
    const stream = await watch(WAIT, OBJECTS);
    rig.pods.modify(pod('shop/b', { phase: 'Succeeded' }));
    rig.pods.modify(pod('shop/a', { phase: 'Succeeded' }));
    expect(await next(stream, 3)).to.deep.equal(['ADDED a Running', 'END', 'MODIFIED a Succeeded']);
  });

  it('10.3 wait --for=delete receives DELETED with the uid of the get, or only the end bookmark if the object is already deleted', async () => {
    const { metadata } = await get(`${SHOP}/a`, OBJECTS);
    const stream = await watch(WAIT, OBJECTS);
    rig.pods.delete('shop/a');
    const all = (await lines(stream, 3)) as any[];
    expect(all.map(eventText)).to.deep.equal(['ADDED a Running', 'END', 'DELETED a Running']);
    expect(all[2].object.metadata.uid).to.equal(metadata.uid);
    expect((await rig.test.get(`${SHOP}/a`, OBJECTS)).status).to.equal(404);
    expect(await next(await watch(WAIT, OBJECTS), 1)).to.deep.equal(['END']);
    rig.pods.add(pod('shop/a'));
    const again = await get(`${SHOP}/a`, OBJECTS);
    expect(again.metadata.uid, 'another object with the same name').to.not.equal(metadata.uid);
  });

  it('10.3 rollout status receives a list of one name without a version, and then the watch from it', async () => {
    const name = 'fieldSelector=metadata.name%3Da';
    const { items, metadata } = await get(`${SHOP}?${name}`, OBJECTS);
    expect(items.map((item: any) => item.metadata.name)).to.deep.equal(['a']);
    const path = `${SHOP}?allowWatchBookmarks=true&${name}&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=400&watch=true`;
    const stream = await watch(path, OBJECTS);
    rig.pods.modify(pod('shop/b', { phase: 'Failed' }));
    await rig.pass(60_000);
    rig.pods.modify(pod('shop/a', { phase: 'Failed' }));
    const all = await lines(stream, 2);
    expect(all.map(eventText)).to.deep.equal(['BOOKMARK', 'MODIFIED a Failed']);
    expect(BigInt(versionOf(all[1])) > BigInt(versionOf(all[0]))).to.equal(true);
  });
});

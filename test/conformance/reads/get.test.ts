import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { FakeInformer, node, pod } from '../../../src/testing/informers/index.ts';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { BASE, names, podSummaries, TestServer } from '../../support/test-server.ts';
import { isLine, ReadsRig, SCHEMES } from './reads-rig.ts';

const NOT_FOUND = '404 podsummaries.example.com "missing" not found';

for (const scheme of SCHEMES) {
  describe(`gets over a view of scheme ${scheme}`, () => {
    let rig: ReadsRig;

    before(async () => {
      rig = await ReadsRig.after(scheme);
    });
    after(() => rig.close());

    const get = async (path: string, query = ''): Promise<string> => {
      const { status, text } = await rig.get(path, query);
      const { kind, message, metadata, status: content } = JSON.parse(text);
      if (status !== 200) return `${status} ${message}`;
      return `${kind} ${metadata.namespace}/${metadata.name} ${content.phase} ${rig.versions.indexOf(metadata.resourceVersion)}`;
    };
    const UPDATED = 'PodSummary ash/api Running 7';
    const tooLarge = scheme === 'upstream';

    const cases: readonly (readonly [title: string, path: string, query: string, expected: string])[] = [
      ['11.1 Get: returns an existing object', 'ash/api', '', UPDATED],
      ['11.1 Get: returns the object at version 0', 'ash/api', 'resourceVersion=0', UPDATED],
      ['11.1 Get: returns the object at an empty version', 'ash/api', 'resourceVersion=', UPDATED],
      ['11.1 Get: returns the current object at the version of its creation', 'ash/api', 'resourceVersion=$1', UPDATED],
      ['11.1 Get: returns the object at its version', 'ash/api', 'resourceVersion=$7', UPDATED],
      ['11.1 Get: returns the object at the last version', 'ash/api', 'resourceVersion=$9', UPDATED],
      ['11.1 Get: returns the object at a version older than the history', 'ash/api', 'resourceVersion=$0', UPDATED],
      [
        '11.1 Get: waits for a future version',
        'ash/api',
        'resourceVersion=$future',
        tooLarge ? '504 Timeout: Too large resource version: …' : UPDATED,
      ],
      ['11.1 Get: responds with 404 for a missing object', 'ash/missing', '', NOT_FOUND],
      ['11.1 Get: responds with 404 for a missing object at version 0', 'ash/missing', 'resourceVersion=0', NOT_FOUND],
      ['11.1 Get: responds with 404 for a missing object at a version', 'ash/missing', 'resourceVersion=$1', NOT_FOUND],
      [
        '11.1 Get: responds with 404 for a missing object at a future version only after the wait',
        'ash/missing',
        'resourceVersion=$future',
        tooLarge ? '504 …' : NOT_FOUND,
      ],
      [
        '11.1 Get: responds with 404 for a deleted object',
        'birch/bot',
        '',
        '404 podsummaries.example.com "bot" not found',
      ],
      [
        '11.1 Get: responds with 404 for a deleted object, even at a version at which it existed',
        'birch/bot',
        'resourceVersion=$6',
        '404 podsummaries.example.com "bot" not found',
      ],
      [
        '11.1 Get: responds with 404 for an object of another namespace',
        'birch/apidb',
        '',
        '404 podsummaries.example.com "apidb" not found',
      ],
      ['1.5 gets ignore resourceVersionMatch', 'ash/api', 'resourceVersionMatch=Exact', UPDATED],
      ['1.5 gets ignore watch', 'ash/api', 'watch=1&resourceVersion=0', UPDATED],
      ['1.5 gets ignore selectors', 'ash/api', 'labelSelector=none&fieldSelector=frob', UPDATED],
      [
        '1.5 gets reject export',
        'ash/api',
        'export=true',
        '400 the export parameter, deprecated since v1.14, is no longer supported',
      ],
      ['1.5 gets accept export=false', 'ash/api', 'export=false', UPDATED],
    ];
    for (const [title, path, query, expected] of cases) {
      it(title, async () => {
        const response = await get(path, query);
        expect(isLine(response, expected), response).to.equal(true);
      });
    }

    /** Lists of one object, selected by a field selector. */
    const one = (name: string, namespace = 'ash'): readonly [path: string, query: string] => [
      namespace,
      `fieldSelector=metadata.name%3D${name}`,
    ];
    const single: readonly (readonly [title: string, query: string, expected: string])[] = [
      ['11.1 GetListNonRecursive: lists an existing object', '', '@9: ash/api!'],
      ['11.1 GetListNonRecursive: lists the object at version 0', '&resourceVersion=0', '@9: ash/api!'],
      [
        '11.1 GetListNonRecursive: lists the object at version 0, NotOlderThan',
        '&resourceVersion=0&resourceVersionMatch=NotOlderThan',
        '@9: ash/api!',
      ],
      ['11.1 GetListNonRecursive: lists the object at its version', '&resourceVersion=$7', '@9: ash/api!'],
      [
        '11.1 GetListNonRecursive: lists the object at its version, NotOlderThan',
        '&resourceVersion=$7&resourceVersionMatch=NotOlderThan',
        '@9: ash/api!',
      ],
      [
        '11.1 GetListNonRecursive: lists the current object at the version before, NotOlderThan',
        '&resourceVersion=$1&resourceVersionMatch=NotOlderThan',
        '@9: ash/api!',
      ],
      [
        '11.1 GetListNonRecursive: lists the object at its version, Exact',
        '&resourceVersion=$7&resourceVersionMatch=Exact',
        '@7: ash/api!',
      ],
      [
        '11.1 GetListNonRecursive: lists the earlier object at the version before, Exact',
        '&resourceVersion=$1&resourceVersionMatch=Exact',
        '@1: ash/api',
      ],
      [
        '11.1 GetListNonRecursive: waits for a future version',
        '&resourceVersion=$future',
        tooLarge ? '504 …' : '@9: ash/api!',
      ],
      ['11.1 GetListNonRecursive: has no next page with a limit', '&limit=1', '@9: ash/api!'],
      [
        '11.1 GetListNonRecursive: lists the current object at the version before with a limit, which one row does not need',
        '&resourceVersion=$1&limit=1',
        '@9: ash/api!',
      ],
      ['11.1 GetListNonRecursive: is empty if the selector also excludes the name', ',metadata.name!%3Dapi', '@9:'],
      [
        '11.1 GetListNonRecursive: is empty at a version if the selector also excludes the name',
        ',metadata.name!%3Dapi&resourceVersion=$7',
        '@9:',
      ],
    ];
    for (const [title, query, expected] of single) {
      it(title, async () => {
        const [path, selector] = one('api');
        const line = await rig.line(path, selector + query);
        expect(isLine(line, expected), line).to.equal(true);
      });
    }

    it('11.1 GetListNonRecursive: is empty for a missing object', async () => {
      for (const [path, selector] of [one('missing'), one('api', 'nowhere')]) {
        expect(await rig.line(path, selector)).to.equal('@9:');
      }
    });
  });
}

describe('keys', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;

  beforeEach(async () => {
    pods = new FakeInformer<V1Pod>({
      objects: ['a/x', 'a/xy', 'a-b/x', 'ab/x', 'a.b/x', 'b/x'].map((key) => pod(key, { phase: 'Running' })),
    });
    const nodes = new FakeInformer({ objects: [node('n1'), node('n10'), node('n-1')] });
    const nodeSummaries = resource(
      { kind: 'NodeSummary', plural: 'nodesummaries', namespaced: false },
      nodes.pipe(map((each) => ({ metadata: identity(each) }))),
    );
    test = await TestServer.listening({ resources: [podSummaries(pods), nodeSummaries] });
  });
  afterEach(() => test.close());

  const keysOf = (list: Record<string, any>): string[] =>
    list['items'].map(({ metadata }: any) => `${metadata.namespace}/${metadata.name}`);

  it('1.1.2 items are sorted by the bytes of their keys, in lists, pages and initial events', async () => {
    const order = ['a-b/x', 'a.b/x', 'a/x', 'a/xy', 'ab/x', 'b/x'];
    expect(keysOf(await test.json(`${BASE}/podsummaries`))).to.deep.equal(order);
    const paged: string[] = [];
    for (let token: string | undefined = ''; token !== undefined;) {
      const page = await test.json(`${BASE}/podsummaries?limit=1&continue=${token}`);
      paged.push(...keysOf(page));
      token = page['metadata'].continue;
    }
    expect(paged).to.deep.equal(order);
    const stream = test.http2.watch(`${BASE}/podsummaries?watch=1`);
    const events: string[] = [];
    while (events.length < order.length) {
      const event: any = await stream.next();
      events.push(`${event.object.metadata.namespace}/${event.object.metadata.name}`);
    }
    stream.cancel();
    expect(events).to.deep.equal(order);
  });

  it('11.1 GetListRecursivePrefix: namespaces and names are not matched as prefixes', async () => {
    const version = (await test.json(`${BASE}/podsummaries`))['metadata'].resourceVersion;
    for (const query of [
      '',
      'resourceVersion=0&resourceVersionMatch=NotOlderThan',
      `resourceVersion=${version}&resourceVersionMatch=Exact`,
    ]) {
      const list = async (path: string, more = ''): Promise<string[]> =>
        keysOf(await test.json(`${BASE}/${path}?${query}${more}`));
      expect(await list('podsummaries'), query).to.have.length(6);
      expect(await list('namespaces/a/podsummaries'), query).to.deep.equal(['a/x', 'a/xy']);
      expect(await list('namespaces/a-b/podsummaries'), query).to.deep.equal(['a-b/x']);
      expect(await list('namespaces/a-/podsummaries'), query).to.deep.equal([]);
      expect(await list('namespaces/a/podsummaries', '&fieldSelector=metadata.name%3Dx'), query).to.deep.equal(['a/x']);
    }
  });

  it('11.1 KeySchema: keys consist of namespace and name, or of the name at cluster scope', async () => {
    expect((await test.get(`${BASE}/namespaces/a/podsummaries/xy`)).status).to.equal(200);
    expect((await test.get(`${BASE}/namespaces/a/podsummaries/b%2Fx`)).status).to.equal(404);
    expect((await test.get(`${BASE}/podsummaries/x`)).status).to.equal(404);
    expect((await test.get(`${BASE}/nodesummaries/n1`)).status).to.equal(200);
    expect(names(await test.json(`${BASE}/nodesummaries`))).to.deep.equal(['n-1', 'n1', 'n10']);
    const { continue: token } = (await test.json(`${BASE}/nodesummaries?limit=1`))['metadata'];
    expect(JSON.parse(Buffer.from(token, 'base64url').toString()).start).to.equal('n-1\0');
    expect(names(await test.json(`${BASE}/nodesummaries?limit=1&continue=${token}`))).to.deep.equal(['n1']);
  });

  it('1.5 an object has the same bytes in get, list and watch, with kind and apiVersion', async () => {
    const { text } = await test.get(`${BASE}/namespaces/b/podsummaries/x`);
    expect(JSON.parse(text)).to.include({ kind: 'PodSummary', apiVersion: 'example.com/v1' });
    expect((await test.get(`${BASE}/podsummaries`)).text).to.contain(text.trim());
    const stream = test.http2.watch(`${BASE}/namespaces/b/podsummaries?watch=1`);
    expect(JSON.stringify((await stream.next())?.object)).to.equal(text.trim());
    stream.cancel();
  });
});

import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';
import { localSummaries, ReadsRig, SCHEMES, tokenOf } from './reads-rig.ts';

const ROWS = `${BASE}/podsummaries`;
const keysOf = (list: Record<string, any>): string[] =>
  list['items'].map(({ metadata }: any) => `${metadata.namespace}/${metadata.name}`);

for (const scheme of SCHEMES) {
  describe(`pages of lists over a view of scheme ${scheme}`, () => {
    let pods: FakeInformer<V1Pod>;
    let test: TestServer;
    const list = (query: string, path = ROWS): Promise<Record<string, any>> => test.json(`${path}?${query}`);

    beforeEach(async () => {
      pods = new FakeInformer<V1Pod>({ objects: [pod('1/foo'), pod('2/bar'), pod('3/foo'), pod('4/foo')] });
      const rows = scheme === 'upstream' ? podSummaries(pods, { log: { entries: 3 } }) : localSummaries(pods);
      test = await TestServer.listening({ resources: [rows] });
    });
    afterEach(() => test.close());

    /** Follows the continue tokens as a client does. */
    const walk = async (query: string, between: (page: number) => void = () => undefined): Promise<any[]> => {
      const pages = [await list(query)];
      for (let last = pages[0]; last?.['metadata'].continue !== undefined; last = pages.at(-1)) {
        between(pages.length);
        pages.push(await list(`${query}&continue=${last['metadata'].continue}`));
      }
      return pages;
    };
    const shown = (pages: any[]): string[] =>
      pages.map((page) => [...keysOf(page), page.metadata.remainingItemCount ?? '-'].join(' '));

    it('11.1 ListContinuation: pages are in order and have one version and remaining counts, and the limit may change', async () => {
      const version = (await list(''))['metadata'].resourceVersion;
      const [first] = await walk('limit=1');
      const token = first.metadata.continue;
      expect(shown(await walk('limit=1'))).to.deep.equal(['1/foo 3', '2/bar 2', '3/foo 1', '4/foo -']);
      expect(shown([await list(`continue=${token}`)])).to.deep.equal(['2/bar 3/foo 4/foo -']);
      expect(shown([await list(`limit=2&continue=${token}`)])).to.deep.equal(['2/bar 3/foo 1']);
      expect(shown([await list(`limit=-1&continue=${token}`)])).to.deep.equal(['2/bar 3/foo 4/foo -']);
      for (const page of await walk('limit=1')) expect(page.metadata.resourceVersion).to.equal(version);
    });

    it('11.1 ListContinuationWithFilter: pages are filled with matching rows, without remaining counts', async () => {
      const notBar = 'fieldSelector=metadata.name!%3Dbar';
      expect(shown(await walk(`limit=2&${notBar}`))).to.deep.equal(['1/foo 3/foo -', '4/foo -']);
      expect(shown(await walk(`limit=1&${notBar}`))).to.deep.equal(['1/foo -', '3/foo -', '4/foo -']);
    });

    it('11.1 ListPaginationRareObject: one matching row among a thousand is on the first page', async () => {
      const many = Array.from({ length: 1000 }, (_, i) => pod(`many/pod-${i}`));
      pods.replace(...many);
      for (const [name, isLast] of [
        ['pod-999', true],
        ['pod-500', false],
      ] as const) {
        const page = await list(`limit=1&fieldSelector=metadata.name%3D${name}`);
        expect(keysOf(page)).to.deep.equal([`many/${name}`]);
        expect(page['metadata'].continue === undefined, name).to.equal(isLast);
      }
      expect(shown(await walk('limit=1&fieldSelector=metadata.name%3Dpod-500'))).to.deep.equal(['many/pod-500 -', '-']);
    });

    it('11.1 ListPaging: later pages do not show changes made after the first page', async () => {
      const changes = [
        () => pods.add(pod('2/baz')),
        () => pods.modify(pod('3/foo', { phase: 'Failed' })),
        () => pods.delete('4/foo'),
      ];
      const pages = await walk('limit=1', (page) => changes[page - 1]?.());
      expect(pages.flatMap(keysOf)).to.deep.equal(['1/foo', '2/bar', '3/foo', '4/foo']);
      expect(pages[2].items[0].status.phase).to.not.equal('Failed');
    });

    it('11.1 ListInconsistentContinuation: a 410 has a token, which continues with one consistent state', async () => {
      const [first] = await walk('limit=1');
      for (let write = 0; write < 9; write += 1) pods.modify(pod('3/foo', { labels: { write: String(write) } }));
      const now = (await list(''))['metadata'].resourceVersion;
      const gone = await list(`resourceVersion=0&continue=${first.metadata.continue}`);
      expect([gone['code'], gone['reason']]).to.deep.equal([410, 'Expired']);
      const second = await list(`resourceVersion=0&limit=1&continue=${gone['metadata'].continue}`);
      expect([...shown([second]), second['metadata'].resourceVersion]).to.deep.equal(['2/bar 2', now]);
      pods.delete('4/foo');
      const rest = await list(`resourceVersion=0&continue=${second['metadata'].continue}`);
      expect([...shown([rest]), rest['metadata'].resourceVersion]).to.deep.equal(['3/foo 4/foo -', now]);
      expect(rest['items'][0].metadata.labels).to.deep.equal({ write: '8' });
    });

    it('11.1 ListResourceVersionMatch: an Exact list at the version of a list equals that list', async () => {
      const query = 'limit=2&fieldSelector=metadata.name%3Dfoo';
      const first = await list(query);
      const exact = `&resourceVersion=${first['metadata'].resourceVersion}&resourceVersionMatch=Exact`;
      pods.add(pod('0/foo'));
      expect(await list(`${query}${exact}`)).to.deep.equal(first);
      const newer = await list(`${query}${exact.replace('Exact', 'NotOlderThan')}`);
      expect(keysOf(newer)).to.deep.equal(['0/foo', '1/foo']);
      pods.add(pod('0/a'));
      const again = `&resourceVersion=${newer['metadata'].resourceVersion}&resourceVersionMatch=Exact`;
      expect(await list(`${query}${again}`)).to.deep.equal(newer);
    });

    it('11.1 CompactRevision: an Exact list is served while its history is kept, and then rejected with 410', async () => {
      const exact = `resourceVersion=${(await list(''))['metadata'].resourceVersion}&resourceVersionMatch=Exact`;
      expect(keysOf(await list(exact))).to.have.length(4);
      pods.add(pod('5/foo'));
      expect(keysOf(await list(exact))).to.have.length(4);
      for (let write = 0; write < 9; write += 1) pods.modify(pod('3/foo', { labels: { write: String(write) } }));
      expect((await list(exact))['message']).to.equal('The resourceVersion for the provided list is too old.');
      // A list with a limit and without a match is an Exact list.
      expect((await list(exact.replace('&resourceVersionMatch=Exact', '&limit=1')))['code']).to.equal(410);
    });

    it('1.1.4 after a relist, pages and Exact lists have their state or are rejected with 410, and never have another state', async () => {
      const [first] = await walk('limit=1');
      const exact = `resourceVersion=${first.metadata.resourceVersion}&resourceVersionMatch=Exact`;
      pods.replace(pod('1/foo'), pod('6/foo'), pod('7/foo'));
      for (const query of [exact, `limit=3&continue=${first.metadata.continue}`]) {
        const response = await list(query);
        // The changes of a relist are unknown in scheme `upstream`, and are the difference of both states in scheme `local`.
        if (scheme === 'upstream') expect(response['code'], query).to.equal(410);
        else expect(keysOf(response)).to.include.members(['2/bar', '3/foo', '4/foo']);
      }
      expect(keysOf(await list(''))).to.deep.equal(['1/foo', '6/foo', '7/foo']);
    });
  });
}

describe('a relist that changes no row', () => {
  it('1.1.4 skips versions inside which no list, page or watch can start, and keeps those at its ends', async () => {
    const pods = new FakeInformer<V1Pod>({ objects: [pod('1/foo'), pod('2/foo'), pod('3/hidden')] });
    const test = await TestServer.listening({ resources: [podSummaries(pods)] });
    const versionOf = async (): Promise<bigint> =>
      BigInt((await test.json(`${BASE}/podsummaries`))['metadata'].resourceVersion);
    const from = await versionOf();
    // Another object of the source has changed four times, and this server has not seen the first three changes.
    const hidden = pod('3/hidden', { phase: 'Running' });
    const resourceVersion = ((from >> 20n) + 4n).toString();
    pods.replace(pod('1/foo'), pod('2/foo'), { ...hidden, metadata: { ...hidden.metadata, resourceVersion } });
    const to = await versionOf();
    expect((to >> 20n) - (from >> 20n)).to.equal(4n);
    const inside = [1n, 2n, 3n].map((versions) => from + (versions << 20n));
    for (const version of [from, ...inside, to]) {
      const isInside = inside.includes(version);
      const token = tokenOf(version.toString(), '1/foo\0');
      for (const query of [`resourceVersion=${version}&resourceVersionMatch=Exact`, `continue=${token}`]) {
        const { code } = await test.json(`${BASE}/podsummaries?${query}`);
        expect(code, query).to.equal(isInside ? 410 : undefined);
      }
      const watch = test.http2.watch(`${BASE}/podsummaries?watch=1&resourceVersion=${version}`);
      if (isInside) expect((await watch.next())?.type).to.equal('ERROR');
      watch.cancel();
    }
    await test.close();
  });
});

describe('continue tokens', () => {
  let rig: ReadsRig;

  before(async () => {
    rig = await ReadsRig.after('upstream');
  });
  after(() => rig.close());

  const metadataOf = async (path: string, query: string): Promise<Record<string, any>> =>
    JSON.parse((await rig.get(path, query)).text).metadata;

  it('1.4 a token is base64url without padding, so a query can contain it unescaped', async () => {
    for (const [path, start] of [
      ['', 'ash/api\0'],
      ['birch', 'api\0'],
    ] as const) {
      const { continue: token, resourceVersion } = await metadataOf(path, 'limit=1');
      expect(token).to.match(/^[A-Za-z0-9_-]+$/);
      const text = Buffer.from(token, 'base64url').toString();
      expect(text).to.equal(`{"v":"meta.k8s.io/v1","rv":${resourceVersion},"start":"${start.slice(0, -1)}\\u0000"}`);
      expect(JSON.parse(text).start).to.equal(start);
    }
  });

  it('1.4 a token does not contain selectors, so each request repeats them', async () => {
    const { continue: token } = await metadataOf('', 'limit=1&fieldSelector=metadata.name%3Dapi');
    expect(await rig.line('', `continue=${token}`)).to.equal('@9: birch/api birch/db cedar/apidb cedar/db');
    expect(await rig.line('', `continue=${token}&fieldSelector=metadata.name%3Ddb`)).to.equal('@9: birch/db cedar/db');
  });

  it('1.4 a page has a token if the range continues, even if no further row matches, so the last page may be empty', async () => {
    expect(await rig.line('', 'limit=1&fieldSelector=metadata.name%3Dapidb')).to.equal('@9: cedar/apidb > cedar/apidb');
    const next = await rig.line('', 'limit=1&fieldSelector=metadata.name%3Dapidb&continue=<cedar/apidb@9>');
    expect(next).to.equal('@9:');
    expect(await rig.line('', 'limit=5')).to.equal('@9: ash/api! birch/api birch/db cedar/apidb cedar/db');
  });

  it('1.4 remainingItemCount counts the rest of the range, and the last page does not have it', async () => {
    const counts = async (path: string, query: string): Promise<unknown> =>
      (await metadataOf(path, query))['remainingItemCount'];
    expect(await counts('', 'limit=1')).to.equal(4);
    expect(await counts('', 'limit=3&continue=<ash/api@9>')).to.equal(1);
    expect(await counts('birch', 'limit=1')).to.equal(1);
    expect(await counts('', 'limit=1&labelSelector=!x')).to.equal(undefined);
    expect(await counts('', 'limit=1&fieldSelector=metadata.name!%3Dx')).to.equal(undefined);
    expect(await metadataOf('', 'limit=4&continue=<ash/api@9>')).to.not.have.property('remainingItemCount');
    // An empty selector counts as none.
    expect(await counts('', 'limit=1&labelSelector=&fieldSelector=')).to.equal(4);
    expect(await counts('', 'limit=1&shardSelector=')).to.equal(4);
  });

  it('1.4 a limit of 0 or less means no limit', async () => {
    for (const limit of ['0', '-1', '-9223372036854775808']) {
      expect(await rig.line('birch', `limit=${limit}`)).to.equal('@9: birch/api birch/db');
    }
  });

  it('1.4 a token is relative to the namespace of the request, so it cannot widen the list', async () => {
    expect(await rig.line('birch', 'continue=<ash/api@9>')).to.equal('@9: birch/db');
    expect(await rig.line('birch', 'continue=<cedar/api@9>')).to.equal('@9: birch/db');
    expect(await rig.line('ash', 'continue=<birch@9>')).to.equal('@9:');
    const rooted = Buffer.from(`{"v":"meta.k8s.io/v1","rv":-1,"start":"/"}`).toString('base64url');
    expect(await rig.line('birch', `continue=${rooted}`)).to.equal('@9: birch/api birch/db');
  });

  it('1.4 a token with a name selector returns the row if its key is after the token', async () => {
    const db = 'fieldSelector=metadata.name%3Ddb';
    expect(await rig.line('birch', `${db}&continue=<api@3>`)).to.equal('@3: birch/db');
    expect(await rig.line('birch', `${db}&continue=<db@3>`)).to.equal('@3:');
  });

  it('1.4 a field selector for a namespace narrows the range to it, and tokens contain names in it', async () => {
    const birch = 'fieldSelector=metadata.namespace%3Dbirch';
    expect(await rig.line('', `limit=2&${birch}`)).to.equal('@9: birch/api birch/db');
    expect(await rig.line('', `limit=1&${birch}`)).to.equal('@9: birch/api > api');
    expect(await rig.line('', `limit=1&${birch}&continue=<api@9>`)).to.equal('@9: birch/db');
    expect(await rig.line('', `limit=1&${birch},metadata.name%3Dapi`)).to.equal('@9: birch/api');
    expect(await rig.line('', `limit=1&${birch},metadata.namespace%3Dash`)).to.equal('@9:');
    expect(await rig.line('ash', `limit=1&${birch}`)).to.equal('@9:');
    expect(await rig.line('', 'fieldSelector=metadata.namespace%3D')).to.equal('@9:');
  });

  it('11.3 ComputeListLimit: the limit is ignored at version 0, and applied at other versions and without a version', async () => {
    const counts = await Promise.all(
      ['limit=0', 'limit=1', 'limit=1&resourceVersion=$8', 'limit=1&resourceVersion=0'].map(
        async (query) => JSON.parse((await rig.get('birch', query)).text).items.length,
      ),
    );
    expect(counts).to.deep.equal([2, 1, 1, 2]);
  });
});

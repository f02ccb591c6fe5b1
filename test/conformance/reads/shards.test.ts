/** Shards (KEP-5866): lists and watches of the objects whose hashes are in a range. */
import { expect } from 'chai';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, names } from '../../support/test-server.ts';
import { CustomRig, task, TASKS } from '../../server/write/custom-rig.ts';
import { AWB, next, PARTIAL, ROWS, SHOP, SIE, TABLE, WatchRig } from '../watches/watch-rig.ts';

const hex = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
/** The selector of one shard of several. */
const shard = (index: number, count: number, field = 'uid'): string => {
  const bound = (at: number): string => hex((BigInt(at) * 2n ** 64n) / BigInt(count));
  return `shardRange(object.metadata.${field}, '${bound(index)}', '${bound(index + 1)}')`;
};
const query = (selector: string): string => `shardSelector=${encodeURIComponent(selector)}`;
/** FNV-1a of 64 bits as upstream computes it. */
const hashOf = (text: string): bigint => {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) % 2n ** 64n;
  return hash;
};
const only = (hash: bigint, field = 'uid'): string =>
  `shardRange(object.metadata.${field}, '${hex(hash)}', '${hex(hash + 1n)}')`;

describe('shards of a collection', () => {
  let rig: WatchRig;
  const pods = fakeInformer(...['shop', 'bank', 'zoo'].flatMap((namespace) => several(namespace)));

  function several(namespace: string) {
    return Array.from({ length: 10 }, (_, index) =>
      pod(`${namespace}/pod-${index}`, { labels: { even: `${index % 2}` } }),
    );
  }
  const list = (text: string, path = ROWS, accept = '*/*'): Promise<Record<string, any>> =>
    rig.test.json(`${path}?${text}`, { accept });
  const uidOf = async (name: string): Promise<string> =>
    (await rig.test.json(`${SHOP}/${name}`))['metadata'].uid as string;

  beforeEach(async () => {
    pods.replace(...['shop', 'bank', 'zoo'].flatMap((namespace) => several(namespace)));
    rig = await WatchRig.over(pods);
  });
  afterEach(() => rig.close());

  it('4.4 the shards of a split contain each object once, in the order of the list', async () => {
    const keysOf = ({ items }: Record<string, any>): string[] =>
      items.map(({ metadata }: any) => `${metadata.namespace}/${metadata.name}`);
    const all = keysOf(await list(''));
    for (const [field, count] of [
      ['uid', 4],
      ['uid', 3],
      ['namespace', 5],
    ] as const) {
      const lists = await Promise.all(
        Array.from({ length: count }, (_, index) => list(query(shard(index, count, field)))),
      );
      const parts = lists.map(keysOf);
      expect(parts.flat().toSorted()).to.deep.equal(all);
      for (const part of parts) expect(part).to.deep.equal(all.filter((key) => part.includes(key)));
      expect(new Set(lists.map(({ metadata }) => metadata.resourceVersion)).size).to.equal(1);
    }
    expect(keysOf(await list(query(`${shard(0, 2)} || ${shard(1, 2)}`)))).to.deep.equal(all);
  });

  it('4.4 the hash is FNV-1a of the uid or the namespace', async () => {
    const uid = await uidOf('pod-3');
    expect(names(await list(query(only(hashOf(uid)))))).to.deep.equal(['pod-3']);
    const ofZoo = await list(query(only(hashOf('zoo'), 'namespace')));
    expect(ofZoo['items'].map(({ metadata }: any) => metadata.namespace)).to.deep.equal(Array(10).fill('zoo'));
  });

  it('4.4 lists of every form repeat the selector in shardInfo', async () => {
    const spaced = ` ${shard(0, 2)}||( ${shard(1, 2)})`;
    const selector = `${shard(0, 2)} || ${shard(1, 2)}`;
    for (const accept of [
      'application/json',
      TABLE,
      PARTIAL.replace('PartialObjectMetadata', 'PartialObjectMetadataList'),
    ]) {
      expect((await list(query(spaced), ROWS, accept))['metadata'].shardInfo, accept).to.deep.equal({ selector });
      expect((await list('', ROWS, accept))['metadata'], accept).to.not.have.property('shardInfo');
    }
  });

  it('4.4 a shard combines with selectors, a namespace, a name and versions', async () => {
    const half = query(shard(0, 2));
    const ofHalf = names(await list(half, SHOP));
    expect(ofHalf.length).to.be.within(1, 9);
    const even = names(await list('labelSelector=even%3D0', SHOP));
    expect(names(await list(`${half}&labelSelector=even%3D0`, SHOP))).to.deep.equal(
      ofHalf.filter((name) => even.includes(name)),
    );
    for (const name of ['pod-0', 'pod-1', 'pod-2', 'pod-3']) {
      const found = names(await list(`${half}&fieldSelector=metadata.name%3D${name}`, SHOP));
      expect(found).to.deep.equal(ofHalf.filter((one) => one === name));
    }
    const version = await rig.version();
    for (let index = 0; index < 10; index += 1) pods.delete(`shop/pod-${index}`);
    const exact = `${half}&resourceVersion=${version}&resourceVersionMatch=Exact`;
    expect(names(await list(exact, SHOP))).to.deep.equal(ofHalf);
    expect(names(await list(half, SHOP))).to.deep.equal([]);
  });

  it('4.4 pages contain rows of the shard, without remaining counts, and each page repeats the selector', async () => {
    const half = query(shard(1, 2));
    const all = names(await list(half));
    const pages: string[] = [];
    let page = await list(`${half}&limit=2`);
    for (;;) {
      const { metadata } = page;
      pages.push(...names(page));
      expect(metadata).to.not.have.property('remainingItemCount');
      expect(metadata.shardInfo).to.deep.equal({ selector: shard(1, 2) });
      if (metadata.continue === undefined) break;
      page = await list(`${half}&limit=2&continue=${metadata.continue}`);
    }
    expect(pages).to.deep.equal(all);
  });

  it('4.4 a watch sends the initial events, the changes and the bookmarks of its shard', async () => {
    const [three, four] = [hashOf(await uidOf('pod-3')), hashOf(await uidOf('pod-4'))];
    const watch = rig.open(`${query(only(three))}&${SIE}&${AWB}`, { path: SHOP });
    expect(await next(watch, 2)).to.deep.equal(['ADDED pod-3 Pending', 'END']);
    const both = rig.open(`${query(`${only(four)} || ${only(three)}`)}&labelSelector=even%3D1`, { path: SHOP });
    expect(await next(both, 1)).to.deep.equal(['ADDED pod-3 Pending']);
    pods.modify(pod('shop/pod-4', { phase: 'Running', labels: { even: '1' } }));
    pods.modify(pod('shop/pod-3', { phase: 'Running', labels: { even: '1' } }));
    pods.modify(pod('shop/pod-5', { phase: 'Running' }));
    pods.delete('shop/pod-3');
    expect(await next(watch, 2)).to.deep.equal(['MODIFIED pod-3 Running', 'DELETED pod-3 Running']);
    expect(await next(both, 3)).to.deep.equal([
      'ADDED pod-4 Running',
      'MODIFIED pod-3 Running',
      'DELETED pod-3 Running',
    ]);
  });

  it('4.4 a watch that resumes receives the changes of its shard that it has missed', async () => {
    const version = await rig.version();
    const three = hashOf(await uidOf('pod-3'));
    pods.modify(pod('shop/pod-3', { phase: 'Running' }), pod('shop/pod-4', { phase: 'Running' }));
    pods.delete('shop/pod-3');
    const watch = rig.open(`${query(only(three))}&resourceVersion=${version}`);
    expect(await next(watch, 2)).to.deep.equal(['MODIFIED pod-3 Running', 'DELETED pod-3 Running']);
  });

  it('4.4 an object that is created again belongs to the shard of its new uid', async () => {
    const before = hashOf(await uidOf('pod-3'));
    const old = rig.open(query(only(before)), { path: SHOP });
    expect(await next(old, 1)).to.deep.equal(['ADDED pod-3 Pending']);
    pods.delete('shop/pod-3');
    pods.add(pod('shop/pod-3', { uid: 'another' }));
    const after = hashOf(await uidOf('pod-3'));
    expect(after).to.not.equal(before);
    expect(await next(old, 1)).to.deep.equal(['DELETED pod-3 Pending']);
    expect(names(await list(query(only(after))))).to.deep.equal(['pod-3']);
    expect(names(await list(query(only(before))))).to.deep.equal([]);
  });

  it('4.4 lists and watches with a selector that cannot be parsed are rejected before anything is read', async () => {
    for (const path of [ROWS, `${ROWS}?watch=1`, `${BASE}/watch/podsummaries`]) {
      const { status, text } = await rig.test.get(`${path}${path.includes('?') ? '&' : '?'}shardSelector=x`);
      expect([status, JSON.parse(text).message], path).to.deep.equal([
        400,
        'invalid shard selector: unexpected expression "x"; expected shardRange() call or || operator',
      ]);
    }
    // The validation of the other parameters comes first, as upstream.
    const { code } = await list('shardSelector=x&resourceVersionMatch=Exact');
    expect(code).to.equal(422);
  });
});

describe('shards of a custom resource', () => {
  let rig: CustomRig;
  beforeEach(() => {
    rig = new CustomRig();
  });
  afterEach(() => rig.close());

  it('4.4 have the uids of the objects, and a deletion deletes one shard only', async () => {
    const uids = new Map<string, bigint>();
    for (const name of ['a', 'b', 'c', 'd']) {
      uids.set(name, hashOf((await rig.send('POST', TASKS, task(name))).body.metadata.uid));
    }
    const selector = query(`${only(uids.get('b') ?? 0n)} || ${only(uids.get('d') ?? 0n)}`);
    expect(names((await rig.send('GET', `${TASKS}?${selector}`)).body)).to.deep.equal(['b', 'd']);
    expect((await rig.send('DELETE', `${TASKS}?shardSelector=x`)).status).to.equal(400);
    const deleted = (await rig.send('DELETE', `${TASKS}?${selector}`)).body;
    expect(names(deleted)).to.deep.equal(['b', 'd']);
    expect(deleted.metadata.shardInfo.selector).to.contain(' || ');
    expect(names((await rig.send('GET', TASKS)).body)).to.deep.equal(['a', 'c']);
  });
});

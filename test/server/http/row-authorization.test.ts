/** `authorize: 'rows'` over TLS: what the server asks about, when it asks again, and what it sends until it knows. */
import { expect } from 'chai';
import { gunzipSync } from 'node:zlib';
import type { UpstreamResult } from '../../../src/informers/collection/upstream.ts';
import type { AccessReviewSpec } from '../../../src/server/access/access-review-spec.ts';
import { fakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { type ClientResponse, Http2Client, type LineStream } from '../../support/https-client.ts';
import { BASE, names, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';

const ALL = `${BASE}/podsummaries`;
const role = (version: number) => ({
  kind: 'Role',
  metadata: { name: 'r', namespace: 'a', labels: { v: `${version}` } },
});

describe("authorize: 'rows' of a server", () => {
  let test: TestServer;
  let http2: Http2Client;
  /** `USER VERB RESOURCE NAMESPACE`, of the reviews of sources. */
  let asked: string[];
  let allow: (review: string) => boolean | Promise<boolean>;
  const pods = fakeInformer(pod('bank/vault'), pod('shop/db'), pod('shop/web'));
  const roles = fakeInformer(role(0));
  let version = 0;
  const watches: LineStream[] = [];

  beforeEach(async () => {
    asked = [];
    allow = (review) => review.endsWith(' shop');
    const none = fakeInformer(role(0));
    test = await TestServer.listening({
      authentication: await requestHeaderConfig(),
      authorization: 'delegated',
      informers: {
        of: () => fakeInformer({ metadata: { name: 'none', namespace: 'none' } }),
        roles,
        roleBindings: none,
        clusterRoles: none,
        clusterRoleBindings: none,
        review: async (_resource, sent): Promise<UpstreamResult> => {
          const review = sent as { readonly spec: AccessReviewSpec };
          const { verb, resource: plural, namespace = '*' } = review.spec.resourceAttributes ?? {};
          const text = `${review.spec.user} ${verb} ${plural} ${namespace}`;
          if (plural === 'pods') asked.push(text);
          const allowed = plural !== 'pods' || (await allow(text));
          return { type: 'done', object: { ...review, status: { allowed } } };
        },
      },
      resources: [podSummaries(pods, { authorize: 'rows' })],
    });
    http2 = new Http2Client({ ...test.client, client: await proxyCertificate() });
  });
  afterEach(async () => {
    for (const watch of watches.splice(0)) watch.cancel();
    http2.close();
    await test.close();
    pods.replace(pod('bank/vault'), pod('shop/db'), pod('shop/web'));
  });

  const get = (path: string, user = 'alice'): Promise<ClientResponse> => http2.request(path, { 'x-remote-user': user });
  const list = async (query = '', user = 'alice'): Promise<Record<string, any>> =>
    JSON.parse((await get(`${ALL}${query}`, user)).text);
  const open = (query: string, user = 'alice'): LineStream => {
    const watch = http2.watch(`${ALL}?watch=1${query}`, { 'x-remote-user': user });
    watches.push(watch);
    return watch;
  };
  const changeRoles = (): void => roles.modify(role((version += 1)));

  it('asks about all namespaces first, then about each that has rows, once for all requests of the user', async () => {
    expect(names(await list())).to.deep.equal(['db', 'web']);
    const verbs = (verb: string): string[] => asked.filter((one) => one.includes(` ${verb} `));
    expect(verbs('list')).to.deep.equal(['alice list pods *', 'alice list pods bank', 'alice list pods shop']);
    // The watch that usually follows is reviewed, too.
    expect(verbs('watch')).to.deep.equal(['alice watch pods *', 'alice watch pods bank', 'alice watch pods shop']);
    const { length } = asked;
    await Promise.all([list(), list('?limit=1'), list('?labelSelector=a'), list('?resourceVersion=0')]);
    const watch = open('');
    expect((await watch.next())?.type).to.equal('ADDED');
    expect(asked).to.have.length(length);
    expect(names(await list('', 'bob'))).to.deep.equal(['db', 'web']);
    expect(asked.slice(length).every((one) => one.startsWith('bob '))).to.equal(true);
  });

  it('shows all rows with one review to a user with the right in all namespaces', async () => {
    allow = (review) => review.endsWith(' *');
    expect(names(await list())).to.deep.equal(['vault', 'db', 'web']);
    expect(asked.toSorted()).to.deep.equal(['alice list pods *', 'alice watch pods *']);
    expect(names(JSON.parse((await get(ALL, 'root')).text))).to.deep.equal(['vault', 'db', 'web']);
  });

  it('counts and pages within the visible namespaces, and rejects tokens of other sets', async () => {
    const first = await list('?limit=1');
    expect([names(first), first['metadata'].remainingItemCount]).to.deep.equal([['db'], 1]);
    const token = first['metadata'].continue as string;
    expect(names(await list(`?limit=1&continue=${token}`))).to.deep.equal(['web']);
    // A user with other namespaces.
    allow = (review) => review.endsWith(' bank') && review.startsWith('bob');
    expect(names(await list('', 'bob'))).to.deep.equal(['vault']);
    expect(await list(`?limit=1&continue=${token}`, 'bob')).to.include({ code: 410 });
    // The rights of the user have changed.
    changeRoles();
    await test.clock.run(1000);
    expect(await list(`?limit=1&continue=${token}`)).to.include({ code: 410 });
  });

  it('shows the visible rows of a shard', async () => {
    const half = (from: string, to: string): string =>
      `?shardSelector=${encodeURIComponent(`shardRange(object.metadata.uid, '${from}', '${to}')`)}`;
    const low = half('0x0000000000000000', '0x8000000000000000');
    const high = half('0x8000000000000000', '0x10000000000000000');
    const both = [...names(await list(low)), ...names(await list(high))];
    expect(both.toSorted()).to.deep.equal(['db', 'web']);
    const everything = half('0x0000000000000000', '0x10000000000000000').replace('?', '&');
    const watch = open(everything);
    for (const name of ['db', 'web']) expect((await watch.next())?.object['metadata']).to.include({ name });
    pods.modify(pod('bank/vault', { phase: 'Running' }));
    pods.modify(pod('shop/web', { phase: 'Running' }));
    expect((await watch.next())?.object['metadata']).to.include({ name: 'web' });
  });

  it('gives users with other namespaces other entity tags, and 304 only for the rows that the user sees', async () => {
    allow = (review) => (review.startsWith('bob') ? review.endsWith(' bank') : review.endsWith(' shop'));
    const read = (user: string, tag = ''): Promise<ClientResponse> =>
      http2.request(ALL, { 'x-remote-user': user, 'if-none-match': tag });
    const [alice, bob] = [String((await read('alice')).headers['etag']), String((await read('bob')).headers['etag'])];
    expect(alice).to.not.equal(bob);
    expect((await read('alice', alice)).status).to.equal(304);
    for (const [user, tag] of [
      ['bob', alice],
      ['alice', bob],
    ] as const) {
      expect((await read(user, tag)).status).to.equal(200);
    }
    // A change of rows that the user does not see is not disclosed.
    pods.modify(pod('bank/vault', { phase: 'Failed' }));
    expect((await read('alice', alice)).status).to.equal(304);
    expect((await read('bob', bob)).status).to.equal(200);
    pods.modify(pod('shop/web', { phase: 'Failed' }));
    const changed = await read('alice', alice);
    expect(changed.status).to.equal(200);
    // The rights of the user change, and change back: a watch from the old version would end.
    const tag = String(changed.headers['etag']);
    allow = () => false;
    changeRoles();
    await test.clock.run(1000);
    expect(names(await list())).to.deep.equal([]);
    pods.modify(pod('bank/vault', { phase: 'Running' }));
    allow = (review) => review.endsWith(' shop');
    changeRoles();
    await test.clock.run(1000);
    const regained = await read('alice', tag);
    expect([regained.status, names(JSON.parse(regained.text))]).to.deep.equal([200, ['db', 'web']]);
  });

  it('never sends a compressed list of one user to another', async () => {
    const labels = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`l${at}`, 'x'.repeat(60)]));
    const many = (namespace: string) =>
      Array.from({ length: 200 }, (_, at) => pod(`${namespace}/secret-${namespace}-${at}`, { labels }));
    pods.replace(...many('bank'), ...many('shop'));
    allow = (review) => review.startsWith('bob') === review.endsWith(' bank') && !review.endsWith(' *');
    const read = async (user: string): Promise<string> => {
      const { bytes, headers } = await http2.request(ALL, { 'x-remote-user': user, 'accept-encoding': 'gzip' });
      expect(headers['content-encoding']).to.equal('gzip');
      return gunzipSync(bytes).toString();
    };
    for (const [user, own, other] of [
      ['alice', 'secret-shop', 'secret-bank'],
      ['bob', 'secret-bank', 'secret-shop'],
      ['alice', 'secret-shop', 'secret-bank'],
      ['carol', 'secret-shop', 'secret-bank'],
    ] as const) {
      expect(await read(user))
        .to.contain(own)
        .and.not.to.contain(other);
    }
  });

  it('refuses a namespaced path without the right, whether or not the row exists', async () => {
    for (const path of ['podsummaries', 'podsummaries?watch=1', 'podsummaries/vault', 'podsummaries/nothing']) {
      const { status, text } = await get(`${BASE}/namespaces/bank/${path}`);
      expect([status, text.includes('cannot')], path).to.deep.equal([403, true]);
    }
    expect((await get(`${BASE}/namespaces/shop/podsummaries/web`)).status).to.equal(200);
    expect((await get(`${BASE}/namespaces/shop/podsummaries`)).status).to.equal(200);
  });

  it('responds with 503 and Retry-After while the set is not known, never with fewer rows', async () => {
    const never = Promise.withResolvers<boolean>();
    allow = (review) => (review.endsWith(' shop') ? never.promise : false);
    const waiting = get(ALL);
    await until(() => asked.length === 6);
    await test.clock.run(1000);
    const { status, headers, text } = await waiting;
    expect([status, headers['retry-after']]).to.deep.equal([503, '1']);
    expect(text).not.to.contain('web');
    never.resolve(true);
    await settled();
    expect(names(await list())).to.deep.equal(['db', 'web']);
    // The first row of a namespace: the list waits for its review.
    const other = Promise.withResolvers<boolean>();
    allow = (review) => (review.endsWith(' new') ? other.promise : review.endsWith(' shop'));
    pods.add(pod('new/row'));
    const next = get(ALL);
    await until(() => asked.includes('alice list pods new'));
    await test.clock.run(1000);
    expect((await next).status).to.equal(503);
    other.resolve(true);
    await settled();
    expect(names(await list())).to.deep.equal(['row', 'db', 'web']);
  });

  it('ends a watch when its set changes, and not when the rights of others change', async () => {
    const { metadata } = await list();
    const watch = open(`&resourceVersion=${metadata.resourceVersion}`);
    await until(() => test.server.counts().watchers === 1);
    await test.clock.run(1000);
    changeRoles();
    await until(() => asked.filter((one) => one === 'alice watch pods *').length > 1);
    pods.modify(pod('shop/web', { labels: { a: 'b' } }));
    expect((await watch.next())?.type).to.equal('MODIFIED');
    await test.clock.run(1000);
    allow = () => false;
    changeRoles();
    expect(await watch.next()).to.equal(undefined);
    expect(names(await list())).to.deep.equal([]);
    // The old version belongs to another set.
    const resumed = await open(`&resourceVersion=${metadata.resourceVersion}`).next();
    expect(resumed).to.deep.include({ type: 'ERROR' });
    expect(resumed?.object).to.deep.include({ code: 410 });
  });

  it('reviews a set again two seconds after a change of rights, and every five minutes', async () => {
    open('');
    await until(() => test.server.counts().watchers === 1);
    await test.clock.run(1000);
    const reviews = (): number => asked.filter((one) => one === 'alice watch pods *').length;
    const before = reviews();
    changeRoles();
    await test.clock.run(0);
    expect(reviews()).to.equal(before + 1);
    await test.clock.run(2000);
    expect(reviews()).to.equal(before + 2);
    await test.clock.run(299_000);
    expect(reviews()).to.equal(before + 2);
    await test.clock.run(1000);
    expect(reviews()).to.equal(before + 3);
  });

  it('keeps watches open for five minutes of failing reviews, and lists for ten seconds', async () => {
    await list();
    const watch = open('');
    expect((await watch.next())?.type).to.equal('ADDED');
    await test.clock.run(1000);
    allow = () => Promise.reject(new Error('down'));
    changeRoles();
    expect(names(await list())).to.deep.equal(['db', 'web']);
    for (let second = 0; second < 11; second += 1) await test.clock.run(1000);
    expect((await get(ALL)).status).to.equal(503);
    expect(test.server.counts().watchers).to.equal(1);
    for (let second = 0; second < 320; second += 10) await test.clock.run(10_000);
    await until(() => test.server.counts().watchers === 0);
  });
});

/**
 * An attacker who may see the rows of some namespaces looks for those of others: in lists, pages, counts, tokens, watches, errors and documents.
 * Two servers have the same visible rows and other hidden rows. The attacker must not be able to tell them apart: except for versions, which are
 * those of the whole source, both responses are equal byte for byte.
 */
import { expect } from 'chai';
import { gunzipSync } from 'node:zlib';
import type { UpstreamResource, UpstreamReviewResult } from '../../../src/informers/collection/upstream.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import type { AccessReviewSpec } from '../../../src/server/access/access-review-spec.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { type FakeInformer, fakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { type ClientResponse, Http2Client, type LineStream } from '../../support/https-client.ts';
import { BASE, TestServer, until } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../../server/access/proxy.ts';

const ALL = `${BASE}/accounts`;
const SECRET = /secret|vault/;
/** The namespaces of alice. Hidden ones lie before, between and after them in the order of keys. */
const VISIBLE: readonly string[] = ['c', 'shop', 'shop-b'];
const accountOf = (key: string, owner: string, labels: Record<string, string> = {}): V1Pod =>
  pod(key, { labels: { owner, ...labels } });
const VISIBLE_PODS: readonly V1Pod[] = Array.from({ length: 90 }, (_, at) =>
  accountOf(`${VISIBLE[at % 3]}/row-${at}`, at % 2 === 0 ? 'alice' : 'ann'),
);
/** The hidden rows of two servers: numbers, names, namespaces, contents and failures differ. */
const HIDDEN: readonly (readonly V1Pod[])[] = [
  [],
  [
    ...Array.from({ length: 150 }, (_, at) =>
      accountOf(`${['a', 'shop-a', 'shopper', 'zz'][at % 4]}/secret-${at}`, `secret-${at}`, { secret: 'yes' }),
    ),
    // Its projection fails, its row is refused, and its column fails.
    accountOf('vaults/secret-error', 'fails'),
    accountOf('vaults/secret-refused', 'refused'),
    accountOf('shop-a/secret-column', 'column'),
    accountOf('shop-a/row-1', 'alice'),
  ],
];

interface World {
  readonly test: TestServer;
  readonly http2: Http2Client;
  readonly pods: FakeInformer<V1Pod>;
  /** The reviews that concern no hidden namespace. */
  readonly reviews: string[];
}

async function start(hidden: readonly V1Pod[]): Promise<World> {
  // The visible rows come first, so that they have the same uids and versions in all worlds.
  const pods = fakeInformer(...VISIBLE_PODS);
  // From here on, the versions of all worlds have the same number of digits.
  for (let version = 0; version < 100; version += 1) pods.modify(accountOf('c/row-0', 'alice', { v: `${version}` }));
  for (const one of hidden) pods.add(one);
  const reviews: string[] = [];
  const none = fakeInformer({ kind: 'Role', metadata: { name: 'r', namespace: 'a' } });
  const rows = pods.pipe(
    map((one) => {
      const owner = one.metadata?.labels?.['owner'] ?? '';
      if (owner === 'fails') throw new Error(`the vault of ${one.metadata?.name} is open`);
      const labels = owner === 'refused' ? { vault: 'no label!' } : one.metadata?.labels;
      return { metadata: { ...identity(one), labels }, owner };
    }),
  );
  const test = await TestServer.listening({
    authentication: await requestHeaderConfig(),
    authorization: 'delegated',
    informers: {
      of: () => none,
      roles: none,
      roleBindings: none,
      clusterRoles: none,
      clusterRoleBindings: none,
      review: async (_resource: UpstreamResource, sent: object): Promise<UpstreamReviewResult> => {
        const review = sent as { readonly spec: AccessReviewSpec };
        const { resourceAttributes: access, nonResourceAttributes: other } = review.spec;
        const { resource: plural, namespace = '', verb } = access ?? {};
        const isAllowed =
          other === undefined
            ? plural === 'pods'
              ? VISIBLE.includes(namespace)
              : verb !== 'delete' || namespace !== 'c'
            : !/metrics|debug/.test(other.path ?? '');
        if (namespace === '' || VISIBLE.includes(namespace)) reviews.push(JSON.stringify(review.spec));
        return { type: 'done', object: { ...review, status: { allowed: isAllowed } } };
      },
    },
    resources: [
      resource(
        {
          kind: 'Account',
          plural: 'accounts',
          namespaced: true,
          authorize: 'rows',
          selectableFields: ['owner'],
          columns: [
            {
              name: 'Owner',
              type: 'string',
              value: ({ owner, metadata }) => {
                if (owner === 'column') throw new Error(`the vault of ${metadata.name}`);
                return owner;
              },
            },
          ],
        },
        rows,
      ),
    ],
  });
  return { test, http2: new Http2Client({ ...test.client, client: await proxyCertificate() }), pods, reviews };
}

/** The forms of lists. */
const ACCEPTS: readonly string[] = [
  'application/json',
  'application/yaml',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
];
/** What the attacker asks for, of all namespaces. `SHOWN` stands for the version of a list. */
const QUERIES: readonly string[] = [
  '',
  'pretty=1',
  ...['1', '2', '29', '30', '31', '64', '89', '90', '91', '500'].map((limit) => `limit=${limit}`),
  'resourceVersion=0',
  'resourceVersion=SHOWN',
  'resourceVersion=SHOWN&resourceVersionMatch=NotOlderThan',
  'resourceVersion=SHOWN&resourceVersionMatch=Exact',
  'resourceVersion=SHOWN&resourceVersionMatch=Exact&limit=3',
  'resourceVersion=1&resourceVersionMatch=Exact',
  'labelSelector=secret',
  'labelSelector=secret=yes',
  'labelSelector=!secret&limit=10',
  'labelSelector=owner notin (alice)&limit=3',
  'labelSelector=owner=secret-7',
  'fieldSelector=owner=secret-7',
  'fieldSelector=owner!=alice&limit=3',
  'fieldSelector=owner=column',
  'fieldSelector=metadata.namespace=shop-a',
  'fieldSelector=metadata.namespace=shop-a&limit=1',
  'fieldSelector=metadata.namespace!=shop&limit=7',
  'fieldSelector=metadata.name=secret-1',
  'fieldSelector=metadata.name=row-1',
  'fieldSelector=metadata.namespace=shop-a,metadata.name=secret-1',
  'fieldSelector=metadata.namespace=vaults,metadata.name=secret-error',
  'fieldSelector=metadata.namespace=shop,metadata.name=row-1&limit=1',
  'fieldSelector=secret=1',
  'includeObject=Object',
  'includeObject=None',
];
/** Paths for which the attacker has no right, or which have no rows. */
const PATHS: readonly string[] = [
  ...['shop-a', 'vaults', 'nothing'].flatMap((namespace) => [
    `${BASE}/namespaces/${namespace}/accounts`,
    `${BASE}/namespaces/${namespace}/accounts?watch=1`,
    `${BASE}/namespaces/${namespace}/accounts?limit=1&continue=x`,
    ...['secret-1', 'secret-error', 'none'].flatMap((name) => [
      `${BASE}/namespaces/${namespace}/accounts/${name}`,
      `${BASE}/namespaces/${namespace}/accounts/${name}/explain`,
      `${BASE}/namespaces/${namespace}/accounts/${name}/status`,
      `${BASE}/watch/namespaces/${namespace}/accounts/${name}`,
      `${BASE}/namespaces/shop/accounts/..%2f..%2f${namespace}%2faccounts%2f${name}`,
    ]),
  ]),
  `${BASE}/accounts/secret-1`,
  `${BASE}/watch/accounts/secret-1`,
  `${BASE}/namespaces/shop/accounts/secret-1`,
  `${BASE}/namespaces/shop/accounts/row-1`,
  `${BASE}/namespaces/shop/accounts?limit=2`,
  BASE,
  '/apis',
  '/apis/example.com',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/apis/example.com/v1',
  '/version',
  '/readyz?verbose',
  '/livez?verbose',
  '/metrics',
  '/debug/graph',
];

/** Removes what differs between any two requests, and the versions, which are those of the whole source. */
function comparable({ status, headers, bytes }: ClientResponse): unknown {
  const { date: _date, 'audit-id': _id, 'content-length': length, etag, ...others } = headers;
  const isCompressed = others['content-encoding'] === 'gzip';
  const text = (isCompressed ? gunzipSync(bytes) : bytes).toString();
  const readable = text.replaceAll(/"?continue"?: ?"?([\w-]{20,})"?/g, (_all, token: string) =>
    Buffer.from(token, 'base64url').toString(),
  );
  return {
    status,
    headers: JSON.stringify(others),
    // Tags are random.
    tag: etag === undefined ? undefined : String(etag).replace(/[\da-f-]{36}/, 'TAG'),
    // The lengths of versions are equal, too.
    length: isCompressed ? undefined : length,
    text: readable.replaceAll(/\d{7,}/g, 'VERSION'),
  };
}

describe('an attacker who may see some rows', () => {
  let worlds: readonly World[];
  before(async () => {
    worlds = await Promise.all(HIDDEN.map(start));
  });
  after(async () => {
    for (const { test, http2 } of worlds) {
      http2.close();
      await test.close();
    }
  });
  beforeEach(() => {
    for (const { reviews } of worlds) reviews.length = 0;
  });

  const send = (
    { http2 }: World,
    path: string,
    { method = 'GET', accept = 'application/json', encoding = 'identity', user = 'alice' } = {},
  ): Promise<ClientResponse> =>
    http2.request(path.replaceAll(' ', '%20'), {
      ':method': method,
      'x-remote-user': user,
      accept,
      'accept-encoding': encoding,
    });
  /** Sends a request to all servers. @throws Error if the responses can be told apart */
  const expectEqual = async (
    path: string | ((world: World) => Promise<string>),
    options: Parameters<typeof send>[2] = {},
  ): Promise<ClientResponse> => {
    const responses: ClientResponse[] = [];
    for (const world of worlds) {
      responses.push(await send(world, typeof path === 'string' ? path : await path(world), options));
    }
    const [first, second] = responses;
    if (first === undefined || second === undefined) return expect.fail();
    const title = `${JSON.stringify(options)} ${path.toString()}`;
    expect(comparable(second), title).to.deep.equal(comparable(first));
    expect(worlds[1]?.reviews, `reviews of ${title}`).to.deep.equal(worlds[0]?.reviews);
    return second;
  };
  const versionOf = async (world: World): Promise<string> =>
    JSON.parse((await send(world, `${ALL}?limit=1`)).text).metadata.resourceVersion;

  it('has servers with hidden rows, errors and refused rows, which an administrator sees', async () => {
    for (const [at, count] of [90, 242].entries()) {
      const world = worlds[at] ?? expect.fail();
      const { text } = await world.http2.request(ALL, { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' });
      expect(JSON.parse(text).items).to.have.length(count);
    }
    expect(JSON.stringify(worlds[1]?.test.log.entries)).to.match(SECRET);
  });

  for (const query of QUERIES) {
    it(`finds nothing of others in lists with ${JSON.stringify(query)}`, async () => {
      for (const accept of ACCEPTS) {
        for (const encoding of ['identity', 'gzip']) {
          const path = async (world: World): Promise<string> =>
            `${ALL}?${query.includes('SHOWN') ? query.replace('SHOWN', await versionOf(world)) : query}`;
          const { text, headers } = await expectEqual(path, { accept, encoding });
          const body =
            headers['content-encoding'] === 'gzip' ? '' : text.replaceAll(/secret-7|"secret"|\bsecret\b/g, '');
          expect(body).to.not.match(SECRET);
        }
      }
    });
  }

  it('finds nothing of others in pages, their counts and their tokens', async () => {
    for (const limit of [1, 7, 30, 64]) {
      const tokens = worlds.map(() => '');
      for (let seen = 0; ;) {
        const path = async (world: World): Promise<string> => {
          const token = tokens[worlds.indexOf(world)] ?? '';
          return `${ALL}?limit=${limit}${token === '' ? '' : `&continue=${token}`}`;
        };
        await expectEqual(path);
        for (const [at, world] of worlds.entries()) {
          const { items, metadata } = JSON.parse((await send(world, await path(world))).text);
          if (at === 0) seen += items.length;
          expect(metadata.remainingItemCount ?? 0).to.equal(90 - seen);
          tokens[at] = metadata.continue ?? '';
        }
        if (tokens[0] === '') break;
      }
    }
  });

  it('receives no 304 for the entity tag of a user who sees other rows', async () => {
    for (const world of worlds) {
      const get = (user: string, tag: string): Promise<ClientResponse> =>
        world.http2.request(ALL, { 'x-remote-user': user, 'x-remote-group': user, 'if-none-match': tag });
      const tagOf = async (user: string): Promise<string> => String((await get(user, 'none')).headers['etag']);
      const all = await tagOf('system:masters');
      expect(all).to.match(/^W\/"/);
      for (const tag of [all, `${all}, W/"x"`]) {
        expect((await get('alice', tag)).status).to.equal(200);
      }
      const own = await tagOf('alice');
      expect(own).not.to.equal(all);
      expect([(await get('alice', own)).status, (await get('system:masters', own)).status]).to.deep.equal([304, 200]);
    }
  });

  it('finds nothing of others with tokens of its own making', async () => {
    const encode = (token: object, version: string): string =>
      Buffer.from(JSON.stringify(token).replace('"VERSION"', version)).toString('base64url');
    const tokenOf = async (world: World): Promise<{ rv: string; set: string; version: string }> => {
      const { metadata } = JSON.parse((await send(world, `${ALL}?limit=1`)).text);
      const text = Buffer.from(metadata.continue, 'base64url').toString();
      return { rv: /"rv":(\d+)/.exec(text)?.[1] ?? '', set: JSON.parse(text).set, version: metadata.resourceVersion };
    };
    const starts = ['a/', 'shop-a/secret-1', 'shop-a/', 'vaults/secret-error', 'zz/zz', '/', 'shop-a', 'shop/row-1\0'];
    for (const start of starts) {
      for (const limit of ['', '&limit=1', '&limit=200']) {
        await expectEqual(async (world) => {
          const { rv, set } = await tokenOf(world);
          return `${ALL}?continue=${encode({ v: 'meta.k8s.io/v1', rv: 'VERSION', start, set }, rv)}${limit}`;
        });
        for (const version of ['-1', '1']) {
          await expectEqual(async (world) => {
            const { set } = await tokenOf(world);
            return `${ALL}?continue=${encode({ v: 'meta.k8s.io/v1', rv: 'VERSION', start, set }, version)}${limit}`;
          });
        }
        // A set of others, or none.
        for (const set of [undefined, '', 'x', Buffer.alloc(16).toString('base64url')]) {
          const { status } = await expectEqual(async (world) => {
            const { rv } = await tokenOf(world);
            return `${ALL}?continue=${encode({ v: 'meta.k8s.io/v1', rv: 'VERSION', start, set }, rv)}${limit}`;
          });
          // Some starts are no keys.
          expect(status).to.be.oneOf([400, 410]);
        }
      }
    }
  });

  for (const path of PATHS) {
    it(`finds nothing of others at ${path}`, async () => {
      for (const method of path.includes('watch') ? ['GET'] : ['GET', 'HEAD', 'DELETE', 'PUT', 'PATCH', 'POST']) {
        const { text } = await expectEqual(path, { method });
        if (method === 'GET') continue;
        expect(text.replaceAll(/secret-(?:1|error|refused)|vaults/g, '')).to.not.match(SECRET);
      }
      await expectEqual(path, { accept: ACCEPTS[2] });
    });
  }

  it('finds nothing of others in watches: their initial events, changes, bookmarks and ends', async () => {
    const selectors = [
      '',
      '&labelSelector=secret',
      '&labelSelector=owner=alice',
      '&fieldSelector=owner=secret-1',
      '&fieldSelector=owner!=alice',
      '&fieldSelector=metadata.namespace=shop-a',
      '&fieldSelector=metadata.name=row-1',
      '&fieldSelector=metadata.name=row-1,metadata.namespace=shop-a',
    ];
    const starts = [
      '',
      '&resourceVersion=0',
      '&resourceVersion=SHOWN',
      '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
    ];
    const queries = selectors.flatMap((selector) => starts.map((from) => `${selector}${from}`));
    const logs: string[][][] = [];
    const streams: LineStream[] = [];
    for (const world of worlds) {
      const version = await versionOf(world);
      const all: string[][] = [];
      for (const query of queries) {
        for (const accept of [ACCEPTS[0], ACCEPTS[2]]) {
          const path = `${ALL}?watch=1&allowWatchBookmarks=true${query.replace('SHOWN', version)}`;
          const stream = world.http2.watch(path, { 'x-remote-user': 'alice', accept: accept ?? '' });
          streams.push(stream);
          const log: string[] = [];
          all.push(log);
          void (async () => {
            for await (const line of stream) log.push(JSON.stringify(line).replaceAll(/\d{7,}/g, 'VERSION'));
            log.push('end');
          })();
        }
      }
      logs.push(all);
      await until(() => world.test.server.counts().watchers === queries.length * 2);
    }
    for (const { pods } of worlds) pods.modify(accountOf('shop/row-1', 'alice', { v: '1' }));
    // Only one server has changes of hidden rows: in namespaces that it knows, so that no reviews come between.
    const [, world] = worlds;
    world?.pods.modify(accountOf('shop-a/row-1', 'bob', { v: 'secret' }));
    world?.pods.delete('shop-a/row-1');
    world?.pods.add(accountOf('shop-a/row-1', 'alice', { v: 'secret' }));
    world?.pods.modify(accountOf('vaults/secret-error', 'secret', { v: 'secret' }));
    world?.pods.modify(accountOf('shop-a/secret-column', 'refused'));
    for (const { pods } of worlds) {
      pods.modify(accountOf('shop/row-4', 'ann', { v: '2' }));
      pods.delete('c/row-0');
      pods.bookmark();
    }
    for (const one of worlds) await one.test.clock.run(61_000);
    for (let turn = 0; turn < 200; turn += 1) await settled();
    expect(logs[1]).to.deep.equal(logs[0]);
    expect(JSON.stringify(logs)).to.not.match(SECRET);
    expect(logs[1]?.flat().filter((line) => line.includes('"DELETED"'))).to.have.length.above(queries.length / 2);
    expect(logs.flat(2)).to.not.include('end');
    for (const stream of streams) stream.cancel();
  });
});

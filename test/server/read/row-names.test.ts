/** Names of rows, through HTTP: a client can retrieve every row that the server lists. */
import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { identity } from '../../../src/projections/identity.ts';
import { flatMap } from '../../../src/projections/operators/flat-map.ts';
import { groupBy } from '../../../src/projections/operators/group-by.ts';
import { count } from '../../../src/projections/reducers/count.ts';
import { groupKey } from '../../../src/projections/reducers/group-key.ts';
import { type Resource, resource } from '../../../src/server/define/resource.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, TestServer } from '../../support/test-server.ts';

const KEYS = [
  'web',
  'Running',
  'system:node',
  'a/b',
  'a/b/c',
  '/',
  '.',
  '..',
  '%',
  'a%b',
  '%2e',
  'a b',
  'a?b',
  'a#b',
  'a\\b',
  'ä',
  'nginx@sha256:0123',
  'x'.repeat(300),
  '\u0000',
  '-n',
];

/** Returns a resource of the rows. */
const keyed = (rows: Collection<{ readonly metadata: { readonly name: string } }>): Resource =>
  resource({ kind: 'Keyed', plural: 'keyeds', namespaced: false }, rows);

const nameOf = (item: { metadata: { name: string } }): string => item.metadata.name;

describe('names of rows', () => {
  let test: TestServer;
  afterEach(() => test.close());

  it('of a groupBy over odd keys can be retrieved', async () => {
    const pods = fakeInformer(...KEYS.map((key, at) => pod(`shop/p${at}`, { annotations: { key } })));
    test = await TestServer.listening({
      resources: [
        keyed(pods.pipe(groupBy((p) => p.metadata?.annotations?.['key'], { key: groupKey(), pods: count() }))),
      ],
    });
    const { items } = await test.json(`${BASE}/keyeds`);
    expect(items.map((item: { key: string }) => item.key).toSorted()).to.deep.equal(KEYS.toSorted());
    for (const item of items) {
      expect(await test.json(`${BASE}/keyeds/${encodeURIComponent(nameOf(item))}`)).to.deep.include({
        metadata: item.metadata,
        key: item.key,
        pods: 1,
      });
    }
  });

  it('come from the key function, also in namespaces', async () => {
    const pods = fakeInformer(pod('shop/web'), pod('store/web'));
    test = await TestServer.listening({
      resources: [
        resource(
          { kind: 'Keyed', plural: 'keyeds', namespaced: true },
          pods.pipe(groupBy((p) => ({ namespace: p.metadata?.namespace, name: 'all' }), { pods: count() })),
        ),
      ],
    });
    const { items } = await test.json(`${BASE}/keyeds`);
    expect(items.map(nameOf)).to.deep.equal(['all', 'all']);
    expect(await test.json(`${BASE}/namespaces/store/keyeds/all`)).to.deep.include({ pods: 1 });
  });

  it('that are invalid become errors of their rows, and all other rows can be retrieved', async () => {
    const pods = fakeInformer(...KEYS.map((key, at) => pod(`p${at}`, { annotations: { key } })));
    const rows = pods.pipe(flatMap((p) => [{ metadata: identity(p, { name: p.metadata?.annotations?.['key'] }) }]));
    test = await TestServer.listening({ resources: [keyed(rows)] });
    const { items } = await test.json(`${BASE}/keyeds`);
    const isWrong = (key: string): boolean => key === '.' || key === '..' || key.includes('/') || key.includes('%');
    expect(items.map(nameOf).toSorted()).to.deep.equal(KEYS.filter((key) => !isWrong(key)).toSorted());
    for (const item of items) {
      expect(await test.json(`${BASE}/keyeds/${encodeURIComponent(nameOf(item))}`)).to.deep.equal(item);
    }
    const warnings = test.log.of('warn').join('\n');
    for (const key of KEYS.filter(isWrong)) {
      expect(warnings).to.contain(`metadata.name is ${JSON.stringify(key)}: a name may not`);
    }
  });
});

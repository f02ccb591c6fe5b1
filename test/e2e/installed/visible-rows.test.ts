/** `authorize: 'rows'` in a real cluster: each user sees the rows of the namespaces whose sources RBAC lets it read, and no others. */
import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import type { ClientResponse, Http2Client, LineStream } from '../../support/https-client.ts';
import { kubectl } from '../kubectl.ts';
import { type Caller, GROUP, installation, type Installation, until, type Way } from './installation.ts';
import { configMap, grant, namespaceNamed } from './roles.ts';

const ALL = `/apis/${GROUP}/v1/memos`;
const [RED, BLUE] = ['rows-red', 'rows-blue'] as const;
const USERS = ['red', 'blue', 'both', 'none'] as const;
const MEMOS = ['memo-1', 'memo-2', 'memo-3'] as const;
/** Rights count after two seconds. The rest is the time of a slow machine. */
const RIGHTS_S = 60;

type User = (typeof USERS)[number];

interface List {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly { readonly metadata: { readonly namespace: string; readonly name: string } }[];
}

const rowsOf = (namespace: string, names: readonly string[] = MEMOS): string[] =>
  names.map((name) => `${namespace}/${name}`);

describe("rows that users may see by authorize: 'rows', in a cluster with RBAC", function () {
  this.timeout(240_000);
  let installed: Installation;
  let callers: Readonly<Record<User, Caller>>;
  const connections: Http2Client[] = [];

  const waysOf = (user: User): readonly Way[] => [callers[user].aggregated, callers[user].direct];
  const subject = (user: User): string => `rows-${user}`;
  /** Lets users read the sources of a namespace. */
  const sourcesOf = (namespace: string, users: readonly User[], name = 'sources'): object[] =>
    grant(name, users.map(subject), { resource: 'configmaps', verbs: ['get', 'list', 'watch'] }, namespace);

  /** Lists all pages. A 503 or a 410 between two pages is an error. */
  async function pages(way: Way, limit: number): Promise<List[]> {
    const lists: List[] = [];
    for (let token = ''; token !== '' || lists.length === 0;) {
      const list = JSON.parse(served(await way.get(`${ALL}?limit=${limit}&continue=${token}`)).text) as List;
      lists.push(list);
      token = list.metadata.continue ?? '';
    }
    return lists;
  }

  async function listed(way: Way): Promise<string[] | number> {
    const { status, text } = await way.get(ALL);
    return status === 200 ? names(JSON.parse(text) as List) : status;
  }

  /** Returns the rows that a new watch sends at its start. */
  async function watched(way: Way): Promise<string[] | number> {
    const { status, text } = await way.get(`${ALL}?watch=1&timeoutSeconds=1`);
    if (status !== 200) return status;
    const lines = text.split('\n').filter((line) => line !== '');
    return names({ items: lines.map((line) => (JSON.parse(line) as { object: List['items'][number] }).object) });
  }

  /** Waits until the rights count. Those to list and to watch are reviewed separately. */
  async function untilVisible(user: User, rows: readonly string[]): Promise<void> {
    const areSeen = async (way: Way): Promise<void> => {
      await until(async () => isDeepStrictEqual(await listed(way), rows), RIGHTS_S);
      await until(async () => isDeepStrictEqual(await watched(way), rows), RIGHTS_S);
    };
    await Promise.all(waysOf(user).map(areSeen));
  }

  /** Opens a watch at the version of a list. */
  async function watchFromList(way: Way): Promise<LineStream> {
    const { metadata } = JSON.parse(served(await way.get(ALL)).text) as List;
    return open(way, `resourceVersion=${metadata.resourceVersion}`);
  }

  function open(way: Way, query: string): LineStream {
    const connection = way.connect();
    connections.push(connection);
    return connection.watch(`${ALL}?watch=1&${query}`);
  }

  before(async function () {
    const found = await installation();
    if (found === undefined) return this.skip();
    installed = found;
    const entries = USERS.map(async (name) => [name, await installed.caller(subject(name))] as const);
    callers = Object.fromEntries(await Promise.all(entries)) as typeof callers;
    await installed.upstream.apply(
      ...[RED, BLUE].map(namespaceNamed),
      ...[RED, BLUE].flatMap((namespace) => MEMOS.map((name) => configMap(namespace, name))),
      ...sourcesOf(RED, ['red', 'both']),
      ...sourcesOf(BLUE, ['blue', 'both']),
      ...grant('memos', USERS.map(subject), { group: GROUP, resource: 'memos' }),
    );
    await Promise.all(USERS.map((user) => untilVisible(user, expected(user))));
  });

  afterEach(() => {
    for (const connection of connections.splice(0)) connection.close();
  });

  const expected = (user: User): string[] => [
    ...(user === 'blue' || user === 'both' ? rowsOf(BLUE) : []),
    ...(user === 'red' || user === 'both' ? rowsOf(RED) : []),
  ];

  it('are the rows of lists, of their pages, and of kubectl, in both ways', async () => {
    for (const user of USERS) {
      for (const way of waysOf(user)) {
        for (const limit of [1, 2, 100]) {
          const lists = await pages(way, limit);
          expect(lists.flatMap(names), `${user}, pages of ${limit}`).to.deep.equal(expected(user));
          // Six rows have no more than six pages, and a page without rows would show that others have some.
          expect(lists).to.have.length(Math.max(1, Math.ceil(expected(user).length / limit)));
        }
        const output = await kubectl(way.kubeConfig, ['get', `memos.${GROUP}`, '-A', '-o', 'name', '--chunk-size=2']);
        expect(output.split('\n').filter((line) => line !== '')).to.have.length(expected(user).length);
      }
    }
  });

  it('need the right in the namespace of a request, whether or not the row exists', async () => {
    for (const way of waysOf('red')) {
      const path = (namespace: string, name = ''): string =>
        `/apis/${GROUP}/v1/namespaces/${namespace}/memos${name === '' ? '' : `/${name}`}`;
      for (const name of ['', 'memo-1']) expect((await way.get(path(RED, name))).status).to.equal(200);
      expect((await way.get(path(RED, 'missing'))).status).to.equal(404);
      for (const name of ['', 'memo-1', 'missing']) expect((await way.get(path(BLUE, name))).status).to.equal(403);
    }
  });

  it('are the rows of watches', async () => {
    const users = USERS.flatMap((user) => waysOf(user).map((way) => ({ user, way })));
    const watches = await Promise.all(users.map(async ({ user, way }) => ({ user, stream: await watchFromList(way) })));
    await installed.upstream.apply(configMap(BLUE, 'memo-4'), configMap(RED, 'memo-4'));
    for (const { user, stream } of watches) {
      const own = [RED, BLUE].filter((namespace) => expected(user).some((row) => row.startsWith(`${namespace}/`)));
      const seen: string[] = [];
      while (seen.length < own.length) seen.push(await nextRow(stream));
      expect(seen, user).to.have.members(own.map((namespace) => `ADDED ${namespace}/memo-4`));
    }
    await installed.upstream.kubectl('-n', BLUE, 'delete', 'configmap', 'memo-4');
    await installed.upstream.kubectl('-n', RED, 'delete', 'configmap', 'memo-4');
    for (const { user, stream } of watches) {
      if (user === 'none') {
        stream.cancel();
        expect(await stream.next()).to.equal(undefined);
      } else {
        expect(await nextRow(stream), user).to.equal(`DELETED ${user === 'red' ? RED : BLUE}/memo-4`);
      }
    }
  });

  it('change with rights that are granted and revoked while users watch', async () => {
    const { upstream } = installed;
    const ways = waysOf('red');
    const before = await Promise.all(ways.map(watchFromList));
    await upstream.apply(...sourcesOf(BLUE, ['red'], 'granted'));
    // The watch of the old rights ends, and the client lists again.
    for (const watch of before) expect(await watch.next()).to.equal(undefined);
    await untilVisible('red', [...rowsOf(BLUE), ...rowsOf(RED)]);
    const granted = await Promise.all(ways.map(watchFromList));
    await upstream.apply(configMap(BLUE, 'memo-5'));
    for (const watch of granted) expect(await nextRow(watch)).to.equal(`ADDED ${BLUE}/memo-5`);

    const tokens = await Promise.all(ways.map(async (way) => (await firstPage(way)).metadata.continue ?? ''));
    await upstream.kubectl('-n', BLUE, 'delete', 'rolebinding', 'granted');
    for (const watch of granted) expect(await watch.next()).to.equal(undefined);
    await untilVisible('red', rowsOf(RED));
    for (const [index, way] of ways.entries()) {
      // The token is for the rows of the rights before, and so is its message: it names no row.
      const { status, text } = await way.get(`${ALL}?limit=1&continue=${tokens[index]}`);
      expect(status, text).to.equal(410);
      expect(text).to.not.contain(BLUE).and.not.contain('memo-');
    }
    const revoked = await Promise.all(ways.map(watchFromList));
    await upstream.apply(configMap(BLUE, 'memo-6'), configMap(RED, 'memo-6'));
    for (const watch of revoked) expect(await nextRow(watch)).to.equal(`ADDED ${RED}/memo-6`);
  });

  it('are served to no other user by a continue token', async () => {
    const { continue: token = '' } = (await firstPage(callers.both.direct)).metadata;
    for (const user of ['red', 'none'] as const) {
      const { status, text } = await callers[user].direct.get(`${ALL}?limit=1&continue=${token}`);
      expect(status, text).to.equal(410);
      expect(text).to.not.contain(BLUE);
    }
  });

  async function firstPage(way: Way): Promise<List> {
    return JSON.parse(served(await way.get(`${ALL}?limit=1`)).text) as List;
  }
});

function served(response: ClientResponse): ClientResponse {
  expect(response.status, response.text).to.equal(200);
  return response;
}

function names({ items }: Pick<List, 'items'>): string[] {
  return items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}

/** Returns the next event of a watch as `TYPE NAMESPACE/NAME`. */
async function nextRow(stream: LineStream): Promise<string> {
  const event = await stream.next();
  if (event === undefined) return 'the watch has ended';
  const { metadata } = event.object as unknown as List['items'][number];
  return `${event.type} ${metadata.namespace}/${metadata.name}`;
}

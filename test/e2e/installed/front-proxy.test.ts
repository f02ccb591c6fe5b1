/**
 * The CA of the front proxy is replaced while clients watch and list: first both CAs are trusted, then only the new one. The kube-apiserver
 * reads its files once a minute.
 */
import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientResponse, Http2Client, type LineStream } from '../../support/https-client.ts';
import { type Caller, GROUP, installation, type Installation, until } from './installation.ts';

const ROWS = `/apis/${GROUP}/v1/namespaces/rotation/notes`;
const CONFIG_MAP = ['-n', 'kube-system', 'configmap', 'extension-apiserver-authentication'] as const;
const CA_KEY = 'requestheader-client-ca-file';
/** The identity headers of a front proxy. */
const IDENTITY = { 'x-remote-user': 'rotation', 'x-remote-group': 'system:masters' };
/** Twice the time between two reads of files by the kube-apiserver. */
const FILES_S = 120;
const LOADED = [
  'Loaded a new cert/key pair for "aggregator-proxy-cert',
  'Loaded a new CA Bundle and Verifier for "request-header',
];

describe('a rotation of the CA of the front proxy', function () {
  this.timeout(240_000);
  let installed: Installation;
  let caller: Caller;
  const connections: Http2Client[] = [];
  const load = new AbortController();
  const failures: string[] = [];
  let lists = 0;
  let notes = 0;
  let readers: Promise<void>[] = [];

  /** Lists until the load ends. Only 503 with Retry-After is allowed: the client sends the request again. */
  async function read(way: Caller['direct']): Promise<void> {
    for (; !load.signal.aborted; await sleep(100)) {
      const response = await way.get(ROWS).catch((error: unknown) => String(error));
      lists += 1;
      if (typeof response === 'string') failures.push(response);
      else if (response.status !== 200 && !isRetried(response)) failures.push(`${response.status} ${response.text}`);
    }
  }

  function open(way: Caller['direct']): LineStream {
    const connection = way.connect();
    connections.push(connection);
    return connection.watch(`${ROWS}?watch=1`);
  }

  /** Creates an object, whose event each of the watches must send. */
  async function expectOpen(watches: readonly LineStream[]): Promise<void> {
    notes += 1;
    const name = `note-${notes}`;
    await installed.upstream.kubectl('-n', 'rotation', 'create', 'configmap', name);
    for (const watch of watches) {
      const names: string[] = [];
      while (names.at(-1) !== name) {
        const event = await watch.next();
        if (event === undefined) throw new Error(`a watch ended before the event of ${name}`);
        names.push((event.object as unknown as { readonly metadata: { readonly name: string } }).metadata.name);
      }
    }
  }

  const trusted = async (): Promise<string> => {
    const text = await installed.upstream.kubectl('get', ...CONFIG_MAP, '-o', 'json');
    return (JSON.parse(text) as { readonly data: Readonly<Record<string, string>> }).data[CA_KEY] ?? '';
  };
  const trust = (bundle: string): Promise<string> =>
    installed.upstream.kubectl(
      'patch',
      ...CONFIG_MAP,
      '--type=merge',
      '-p',
      JSON.stringify({ data: { [CA_KEY]: bundle } }),
    );

  before(async function () {
    const found = await installation();
    if (found === undefined) return this.skip();
    installed = found;
    caller = await installed.caller('rotation', 'system:masters');
    await installed.upstream.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'rotation' } });
    await until(async () => (await caller.aggregated.get(ROWS)).status === 200);
    readers = [caller.aggregated, caller.direct].map((way) => read(way));
  });

  after(async () => {
    load.abort();
    await Promise.all(readers);
    for (const connection of connections) connection.close();
  });

  it('keeps watches open and fails no list, with both CAs and then with the new one only', async () => {
    const { upstream } = installed;
    const { pki } = upstream;
    const old = pki.installed;
    const connect = (): Http2Client => {
      const client = { cert: old.client.certificate, key: old.client.key };
      const connection = new Http2Client({ port: installed.port, ca: installed.servingAuthority.certificate, client });
      connections.push(connection);
      return connection;
    };
    const oldProxy = connect();
    const direct = open(caller.direct);
    const through = open(caller.aggregated);
    await expectOpen([direct, through]);

    // The server trusts both CAs before the front proxy uses the new one.
    const proxy = await pki.frontProxy();
    await trust(old.ca + proxy.ca);
    await expectOpen([direct, through]);
    expect((await oldProxy.request(ROWS, IDENTITY)).status).to.equal(200);
    pki.install(proxy);
    const before = upstream.logged;
    await until(() => LOADED.every((line) => upstream.logSince(before).includes(line)), FILES_S);
    // Requests have a new connection now. The old connection serves its watch.
    const renewed = open(caller.aggregated);
    await expectOpen([direct, through, renewed]);

    await trust(proxy.ca);
    await until(async () => (await trusted()).trim() === proxy.ca.trim());
    // An idle connection of the old CA is closed, and a new one is refused.
    await until(() => oldProxy.session.closed || oldProxy.session.destroyed);
    expect((await connect().request(ROWS, IDENTITY)).status).to.equal(401);
    await expectOpen([direct, renewed, open(caller.aggregated)]);
    load.abort();
    await Promise.all(readers);
    expect(failures).to.deep.equal([]);
    // The kube-apiserver reads its files within a minute, sometimes at once.
    expect(lists).to.be.above(10);
  });
});

function isRetried({ status, headers }: ClientResponse): boolean {
  return status === 503 && headers['retry-after'] !== undefined;
}

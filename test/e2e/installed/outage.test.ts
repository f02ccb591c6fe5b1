/**
 * The kube-apiserver is killed under load, and started again: the promises of docs/security.md for the time without decisions, and the
 * recovery, which needs no help.
 */
import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientResponse, Http2Client, LineStream } from '../../support/https-client.ts';
import { untilServed } from '../kubectl.ts';
import { type Caller, GROUP, installation, type Installation, until } from './installation.ts';

const RBAC = 'rbac.authorization.k8s.io';
const NAMESPACE = 'outage';
const ROWS = `/apis/${GROUP}/v1/namespaces/${NAMESPACE}/notes`;
const USERS = ['watcher', 'known', 'unknown'] as const;
/** Open watches, directly to the server. */
const WATCHES = 50;
/** The time for which a decision is kept. */
const KEPT_MS = 10_000;

/** A request with the times at which it was sent and its response had arrived. */
interface Sample {
  readonly sent: number;
  readonly received: number;
  readonly response: ClientResponse;
}

/** The rows that a watch has sent: `TYPE name`. */
class WatchedRows {
  readonly events: string[] = [];
  position = '';
  ended = false;

  constructor(stream: LineStream) {
    void this.#read(stream);
  }

  async #read(stream: LineStream): Promise<void> {
    for await (const { type, object } of stream) {
      const { metadata } = object as unknown as { readonly metadata: { name?: string; resourceVersion: string } };
      this.position = metadata.resourceVersion;
      if (type !== 'BOOKMARK') this.events.push(`${type} ${metadata.name}`);
    }
    this.ended = true;
  }
}

describe('an outage of the kube-apiserver under load', function () {
  this.timeout(300_000);
  let installed: Installation;
  let admin: Caller;
  let callers: Readonly<Record<(typeof USERS)[number], Caller>>;
  const connections: Http2Client[] = [];
  const load = new AbortController();
  const created: string[] = [];
  let writer: Promise<void> | undefined;

  /** Creates notes until the load ends. A note whose creation was not acknowledged is created again. */
  async function write(): Promise<void> {
    for (let index = 0; !load.signal.aborted; await sleep(20)) {
      const metadata = { name: `note-${String(index).padStart(4, '0')}` };
      const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
      // The kube-apiserver is down, or it has responded. 409: the first attempt had succeeded.
      const response = await admin.aggregated.post(path, { metadata }).catch(() => undefined);
      if (response?.status !== 201 && response?.status !== 409) continue;
      created.push(metadata.name);
      index += 1;
    }
  }

  function watch(way: Caller['direct'], query: string): WatchedRows {
    const connection = way.connect();
    connections.push(connection);
    return new WatchedRows(connection.watch(`${ROWS}?watch=1&${query}`));
  }

  before(async function () {
    const found = await installation();
    if (found === undefined) return this.skip();
    installed = found;
    const { upstream } = installed;
    admin = await installed.caller('administrator', 'system:masters');
    const entries = USERS.map(async (name) => [name, await installed.caller(`outage-${name}`)] as const);
    callers = Object.fromEntries(await Promise.all(entries)) as typeof callers;
    const metadata = { name: 'reader', namespace: NAMESPACE };
    const rules = [{ apiGroups: [GROUP], resources: ['notes'], verbs: ['get', 'list', 'watch'] }];
    await upstream.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules },
      {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: RBAC, kind: 'Role', name: 'reader' },
        subjects: USERS.map((name) => ({ apiGroup: RBAC, kind: 'User', name: `outage-${name}` })),
      },
    );
    await until(async () => (await callers.watcher.aggregated.get(ROWS)).status === 200);
    writer = write();
    await until(() => created.length > 1);
  });

  after(async () => {
    load.abort();
    await writer;
    for (const connection of connections) connection.close();
  });

  it('is survived by kept decisions, open watches and administrators, and everything recovers', async () => {
    const { upstream } = installed;
    const { watcher, known, unknown } = callers;
    const direct = Array.from({ length: WATCHES }, () => watch(watcher.direct, 'allowWatchBookmarks=true'));
    const aggregated = watch(watcher.aggregated, 'allowWatchBookmarks=true');
    await until(() => [...direct, aggregated].every(({ events }) => events.length >= 2));

    // The decision about the list of this user is new, so it is kept for nearly ten seconds of the outage.
    // It was made between the two times of its request, however slow the machine is.
    const decision = await sample(known);
    expect(decision.response.status).to.equal(200);
    await upstream.kill();
    const first = sample(unknown);
    const kept: Sample[] = [];
    const over: Sample[] = [];
    while (over.length <= 5) {
      const one = await sample(known);
      if (one.received < decision.sent + KEPT_MS) kept.push(one);
      if (one.sent > decision.received + KEPT_MS) over.push(one);
      await sleep(50);
    }
    expectUndecided((await first).response);
    expect(kept, 'requests in the time of the kept decision').to.have.length.above(10);
    for (const { sent, response } of kept) {
      expect(response.status, `${sent - decision.sent} ms after the decision`).to.equal(200);
    }
    for (const { response } of over) expectUndecided(response);
    // No review is needed for members of system:masters, and none for health.
    expect((await admin.direct.get(ROWS)).status).to.equal(200);
    for (const path of ['/livez', '/readyz']) expect((await installed.anonymous(path)).text).to.equal('ok');
    expect(direct.filter(({ ended }) => ended)).to.have.length(0);
    expect((await admin.direct.get('/metrics')).text).to.match(
      /^kubefacet_authorization_refused_total\{cause="undecided"\} [1-9]/m,
    );

    const before = created.length;
    await upstream.restart();
    await until(async () => (await known.direct.get(ROWS)).status === 200);
    await until(async () => (await unknown.direct.get(ROWS)).status === 200);
    await untilServed(upstream.kubeConfig, GROUP);
    await until(async () => (await unknown.aggregated.get(ROWS)).status === 200);
    await until(() => created.length > before + 2);
    load.abort();
    await writer;
    const expected = created.map((name) => `ADDED ${name}`);
    expect(aggregated.ended).to.equal(true);
    const resumed = watch(watcher.aggregated, `resourceVersion=${aggregated.position}`);
    const complete = (): boolean => direct.every(({ events }) => events.length >= expected.length);
    // An informer waits up to half a minute between two attempts.
    await until(() => complete() && aggregated.events.length + resumed.events.length >= expected.length, 120);
    for (const { events, ended } of direct) expect([ended, events]).to.deep.equal([false, expected]);
    expect([...aggregated.events, ...resumed.events]).to.deep.equal(expected);
  });
});

async function sample({ direct }: Caller): Promise<Sample> {
  const sent = Date.now();
  const response = await direct.get(ROWS);
  return { sent, received: Date.now(), response };
}

function expectUndecided({ status, headers, text }: ClientResponse): void {
  expect(status, text).to.equal(503);
  expect(headers['retry-after']).to.equal('1');
}

/**
 * The permissions of users by the RBAC of a cluster: by verb, namespace, name and subresource, through the kube-apiserver and directly. The
 * server decides as `kubectl auth can-i` does.
 */
import { expect } from 'chai';
import type { LineStream } from '../../support/https-client.ts';
import { kubectl, RunningKubectl } from '../kubectl.ts';
import {
  type Caller,
  GROUP,
  installation,
  type Installation,
  NAME,
  REVIEW_S,
  until,
  type Way,
} from './installation.ts';

const RBAC = 'rbac.authorization.k8s.io';
const BASE = `/apis/${GROUP}/v1`;
const OURS = `${BASE}/namespaces/ours/notes`;
const THEIRS = `${BASE}/namespaces/theirs/notes`;
const ALL = `${BASE}/notes`;
/** The time for which a decision is kept, in seconds. */
const KEPT_S = 10;
/** The time that a machine under load may need for a review. The default interval of reviews is longer. */
const SLOW_S = 15;
const NOTES = [`notes.${GROUP}`];

/** With the decision "no", kubectl exits with 1 and prints nothing on stderr. */
const NO = /: Command failed: /;

/** The rules of users. The first ones are in the namespace `ours`, the last one is everywhere. */
const ROLES: Readonly<Record<string, { readonly namespace?: string; readonly rules: readonly object[] }>> = {
  reader: { namespace: 'ours', rules: [{ resources: ['notes'], verbs: ['get', 'list', 'watch'] }] },
  lister: { namespace: 'ours', rules: [{ resources: ['notes'], verbs: ['list'] }] },
  watcher: { namespace: 'ours', rules: [{ resources: ['notes'], verbs: ['watch'] }] },
  named: {
    namespace: 'ours',
    rules: [{ resources: ['notes'], resourceNames: ['note-one'], verbs: ['get', 'list', 'watch'] }],
  },
  texts: {
    namespace: 'ours',
    rules: [{ resources: ['notes/text'], resourceNames: ['note-two'], verbs: ['get'] }],
  },
  everywhere: { rules: [{ resources: ['notes'], verbs: ['list', 'watch'] }] },
  nobody: { rules: [] },
};

/** The users of `kubectl auth can-i`, which is slow. */
const ASKING: ReadonlySet<string> = new Set(['named', 'everywhere', 'texts']);

/** A request, the users that are allowed to send it, and the arguments of `kubectl auth can-i` for it. */
const REQUESTS: readonly { readonly path: string; readonly allowed: readonly string[]; readonly canI: string }[] = [
  { path: OURS, allowed: ['reader', 'lister', 'everywhere'], canI: 'list notes -n ours' },
  {
    path: `${OURS}?watch=1&timeoutSeconds=1`,
    allowed: ['reader', 'watcher', 'everywhere'],
    canI: 'watch notes -n ours',
  },
  { path: `${OURS}/note-one`, allowed: ['reader', 'named'], canI: 'get notes/note-one -n ours' },
  { path: `${OURS}/note-two`, allowed: ['reader'], canI: 'get notes/note-two -n ours' },
  { path: `${OURS}/note-one/text`, allowed: [], canI: 'get notes/note-one --subresource=text -n ours' },
  { path: `${OURS}/note-two/text`, allowed: ['texts'], canI: 'get notes/note-two --subresource=text -n ours' },
  {
    path: `${OURS}?fieldSelector=metadata.name%3Dnote-one`,
    allowed: ['reader', 'lister', 'named', 'everywhere'],
    canI: 'list notes/note-one -n ours',
  },
  { path: THEIRS, allowed: ['everywhere'], canI: 'list notes -n theirs' },
  { path: `${THEIRS}/note-one`, allowed: [], canI: 'get notes/note-one -n theirs' },
  { path: ALL, allowed: ['everywhere'], canI: 'list notes -A' },
  { path: `${ALL}?watch=1&timeoutSeconds=1`, allowed: ['everywhere'], canI: 'watch notes -A' },
];

const binding = (user: string, namespace: string | undefined): object => ({
  apiVersion: `${RBAC}/v1`,
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name: user, namespace },
  roleRef: { apiGroup: RBAC, kind: namespace === undefined ? 'ClusterRole' : 'Role', name: user },
  subjects: [{ kind: 'User', name: user, apiGroup: RBAC }],
});
const note = (namespace: string, name: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name },
});

describe('the permissions of users, in a cluster with RBAC', function () {
  this.timeout(300_000);
  let installed: Installation;
  const callers = new Map<string, Caller>();
  const callerOf = (name: string): Caller => {
    const caller = callers.get(name);
    if (caller === undefined) throw new Error(`there is no user ${name}`);
    return caller;
  };
  const statusOf = async (way: Way, path: string): Promise<number> => (await way.get(path)).status;

  before(async function () {
    const found = await installation();
    if (found === undefined) return this.skip();
    installed = found;
    await installed.upstream.apply(
      ...['ours', 'theirs'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      ...['note-one', 'note-two'].flatMap((name) => [note('ours', name), note('theirs', name)]),
      ...Object.entries(ROLES).flatMap(([name, { namespace, rules }]) => [
        {
          apiVersion: `${RBAC}/v1`,
          kind: namespace === undefined ? 'ClusterRole' : 'Role',
          metadata: { name, namespace },
          rules: rules.map((rule) => ({ apiGroups: [GROUP], ...rule })),
        },
        binding(name, namespace),
      ]),
    );
    for (const name of Object.keys(ROLES)) callers.set(name, await installed.caller(name));
    // The last binding works in the authorizer of the kube-apiserver, and the rows exist.
    const isComplete = async ({ aggregated }: Caller): Promise<boolean> => {
      const { status, text } = await aggregated.get(ALL);
      return status === 200 && (JSON.parse(text) as { readonly items: object[] }).items.length === 4;
    };
    await until(() => isComplete(callerOf('everywhere')));
  });

  for (const { path, allowed, canI } of REQUESTS) {
    it(`allow ${canI} to ${allowed.length === 0 ? 'no user' : allowed.join(', ')}, in both ways`, async () => {
      const decisions = Object.keys(ROLES).map(async (name) => {
        const { aggregated, direct } = callerOf(name);
        const [through, straight] = await Promise.all([aggregated.get(path), direct.get(path)]);
        const expected = allowed.includes(name) ? 200 : 403;
        expect([through.status, straight.status], `${name}: ${straight.text}`).to.deep.equal([expected, expected]);
        if (expected === 403) expect(JSON.parse(straight.text)).to.deep.equal(JSON.parse(through.text));
        else if (!path.includes('watch')) expect(straight.text).to.equal(through.text);
        if (!ASKING.has(name)) return;
        const args = ['auth', 'can-i', ...canI.replace('notes', `notes.${GROUP}`).split(' ')];
        const result = await kubectl(aggregated.kubeConfig, args).catch((error: unknown) => String(error));
        expect(result, name).to.match(expected === 200 ? /^yes$/m : NO);
      });
      await Promise.all(decisions);
    });
  }

  it('give the same output of kubectl in both ways', async () => {
    const commands = [
      ['-n', 'ours', 'get', ...NOTES],
      ['-n', 'ours', 'get', ...NOTES, 'note-one', '-o', 'yaml'],
      ['-n', 'theirs', 'get', ...NOTES],
      ['get', ...NOTES, '-A'],
      ['get', '--raw', `${OURS}/note-one/text`],
    ];
    for (const name of ['reader', 'everywhere', 'nobody']) {
      const { aggregated, direct } = callerOf(name);
      for (const args of commands) {
        const output = async ({ kubeConfig }: Way): Promise<string> => {
          const text = await kubectl(kubeConfig, args).catch((error: unknown) => String(error));
          return text.replaceAll(/ \d+m?\d*s$/gm, ' AGE');
        };
        const [through, straight] = await Promise.all([output(aggregated), output(direct)]);
        expect(straight, `${name}: ${args.join(' ')}`).to.equal(through);
      }
    }
  });

  it('end the watches of alice when her role is revoked, and allow her again', async () => {
    const { upstream } = installed;
    const role = { ...binding('alice', 'ours'), roleRef: { apiGroup: RBAC, kind: 'Role', name: 'reader' } };
    const alice = await installed.caller('alice');
    const ways = [alice.aggregated, alice.direct];
    await upstream.apply(role);
    // The kube-apiserver refuses her until it has noticed the role. Only then can the server have a kept decision.
    for (const way of ways) await until(async () => (await statusOf(way, OURS)) === 200);
    const connections = ways.map((way) => way.connect());
    const watches = connections.map((connection) => connection.watch(`${OURS}?watch=1`));
    const kubectls = ways.map(
      ({ kubeConfig }) => new RunningKubectl(kubeConfig, ['-n', 'ours', 'get', ...NOTES, '-w']),
    );
    try {
      for (const watch of watches) expect(await namesUntil(watch, 'note-two')).to.include('note-one');
      for (const watch of kubectls) await watch.prints(/note-two/);
      await upstream.apply(note('ours', 'note-three'));
      for (const watch of watches) await namesUntil(watch, 'note-three');
      for (const watch of kubectls) await watch.prints(/note-three/);

      await upstream.kubectl('-n', 'ours', 'delete', 'rolebinding', 'alice');
      const revokedAt = Date.now();
      for (const watch of watches) expect(await watch.next()).to.equal(undefined);
      // A kept decision, then the next review.
      expect(Date.now() - revokedAt).to.be.below((KEPT_S + REVIEW_S + SLOW_S) * 1000);
      for (const watch of kubectls) await watch.prints(/<it has ended>/);
      for (const way of ways) expect(await statusOf(way, `${OURS}?watch=1`)).to.equal(403);
      await upstream.apply(note('ours', 'note-four'));
      for (const watch of kubectls) expect(await watch.prints(/<it has ended>/)).not.to.contain('note-four');

      await upstream.apply(role);
      for (const way of ways) await until(async () => (await way.get(OURS)).text.includes('note-four'));
    } finally {
      for (const connection of connections) connection.close();
      for (const watch of kubectls) watch.stop();
    }
  });

  it('are unknown while the ServiceAccount of the server may not create reviews, so nothing new is served', async () => {
    const { upstream } = installed;
    const { direct } = callerOf('reader');
    await upstream.kubectl('delete', 'clusterrolebinding', `${NAME}-auth-delegator`);
    await until(async () => (await statusOf(direct, OURS)) === 503);
    const { headers, text } = await direct.get(OURS);
    expect(headers['retry-after']).to.equal('1');
    expect(text).to.contain('the server cannot authorize requests at this time');
    await upstream.apply(...installed.installed());
    await until(async () => (await statusOf(direct, OURS)) === 200);
  });
});

/** Reads a watch until the event of an object. Returns the names of all objects. */
async function namesUntil(watch: LineStream, name: string): Promise<string[]> {
  const names: string[] = [];
  while (!names.includes(name)) {
    const event = await watch.next();
    if (event === undefined) throw new Error(`the watch ended before the event of ${name}`);
    names.push((event.object as unknown as { readonly metadata: { readonly name: string } }).metadata.name);
  }
  return names;
}

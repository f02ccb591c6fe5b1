/** All sets of a server together: which requests share one, the bounds, the waits, and what counts. */
import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import type { MaterializedView } from '../../../src/projections/materialized-view.ts';
import type { User } from '../../../src/server/define/request-context.ts';
import type { ServedView } from '../../../src/server/read/served-view.ts';
import type { RowAccess } from '../../../src/server/read/visible-namespaces.ts';
import type { Access } from '../../../src/server/wire/access-denied.ts';
import { limitsOf } from '../../../src/server/define/limit-options.ts';
import { VisibleRows, type VisibleRowsOptions } from '../../../src/server/access/visible-rows.ts';
import { FakeClock, type FakeInformer, fakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { viewOf } from '../../projections/view-rig.ts';

const POD = { group: '', version: 'v1', resource: 'pods' };
const CLAIM = { group: '', version: 'v1', resource: 'persistentvolumeclaims' };

function userOf(name: string, change: Partial<User> = {}): User {
  return { name, uid: undefined, groups: ['devs'], extra: {}, ...change };
}

describe('VisibleRows', () => {
  let clock: FakeClock;
  let pods: FakeInformer<V1Pod>;
  let views: MaterializedView[];
  let visible: VisibleRows;
  /** `USER VERB RESOURCE NAMESPACE`. */
  let asked: string[];
  let allow: (review: string) => boolean | Promise<boolean>;
  let firstKnown: number[];
  const { signal } = new AbortController();

  beforeEach(() => {
    clock = new FakeClock();
    pods = fakeInformer(pod('a/x'), pod('b/x'));
    const rows = () => viewOf(pods.pipe(map((one) => ({ metadata: identity(one) }))));
    views = [rows(), rows(), rows()];
    asked = [];
    firstKnown = [];
    allow = (review) => review.endsWith(' a');
    make();
  });
  afterEach(() => {
    visible.stop();
    for (const view of views) view.stop();
  });

  /** Makes the sets for two resources over pods, and one over claims. */
  function make(options: Partial<VisibleRowsOptions> = {}): void {
    const access = (source: typeof POD) => ({ mode: 'rows', inNamespace: [source], everywhere: [] }) as const;
    visible = new VisibleRows(
      views.map((view, at) => ({ read: { view } as ServedView, access: access(at === 2 ? CLAIM : POD) })),
      {
        clock,
        limits: limitsOf({}),
        onFirstKnown: (seconds) => firstKnown.push(seconds),
        authorization: {
          review: async (user: User, { verb, ...access }: Access) => {
            const { resource, namespace } = access as { resource: string; namespace: string };
            const text = `${user.name} ${verb} ${resource} ${namespace === '' ? '*' : namespace}`;
            asked.push(text);
            return allow(text);
          },
        },
        ...options,
      },
    );
  }
  const viewAt = (at: number): MaterializedView => views[at] ?? expect.fail();
  const of = (user: User, verb: 'list' | 'watch' = 'watch', at = 0): RowAccess =>
    visible.of(viewAt(at), { user, verb });
  const ready = async (access: RowAccess): Promise<readonly string[] | undefined> => {
    await access.ready(signal);
    return access.current()?.names;
  };
  const codeOf = async (act: () => unknown): Promise<unknown> => {
    try {
      await act();
      return 200;
    } catch (error) {
      return (error as { code: number }).code;
    }
  };

  it('share a set between resources with the same sources, and between no two users', async () => {
    expect(await ready(of(userOf('alice')))).to.deep.equal(['a']);
    const { length } = asked;
    expect(length).to.equal(3);
    expect(await ready(of(userOf('alice'), 'watch', 1))).to.deep.equal(['a']);
    expect(asked).to.have.length(length);
    const others: [User, 'list' | 'watch', number][] = [
      [userOf('alice'), 'watch', 2],
      [userOf('alice'), 'list', 0],
      [userOf('bob'), 'watch', 0],
      [userOf('alice', { uid: 'u' }), 'watch', 0],
      [userOf('alice', { groups: ['devs', 'ops'] }), 'watch', 0],
      [userOf('alice', { groups: ['devs,ops'] }), 'watch', 0],
      [userOf('alice', { extra: { scopes: ['x'] } }), 'watch', 0],
      [userOf('alice', { extra: { scopes: ['x', 'y'] } }), 'watch', 0],
    ];
    for (const [user, verb, at] of others) {
      const before = asked.length;
      await ready(of(user, verb, at));
      expect(asked.length, JSON.stringify([user, verb, at])).to.equal(before + 3);
    }
    // The list of alice uses the watch set that she has.
    expect(visible.counts()).to.include({ users: 2, sets: 1 + others.length, namespaces: 1 + others.length });
  });

  it('review the watch that usually follows a list, and give the list a version that this watch accepts', async () => {
    const access = of(userOf('alice'), 'list');
    expect(await ready(access)).to.deep.equal(['a']);
    expect(asked.filter((one) => one.startsWith('alice watch'))).to.have.length(3);
    const { position, rows } = viewAt(0).snapshot();
    const listed = access.current() ?? expect.fail();
    const version = access.versionOf(position, rows, listed);
    expect(of(userOf('alice')).knownSince(version)).to.equal(position);
    expect(of(userOf('bob')).knownSince(version)).to.equal(undefined);
  });

  it('wait a second for a set, and then refuse the request with 503', async () => {
    allow = () => new Promise(() => undefined);
    const access = of(userOf('alice'));
    let result: unknown;
    void codeOf(() => access.ready(signal)).then((code) => (result = code));
    await clock.run(999);
    expect(result).to.equal(undefined);
    await clock.run(1);
    expect(result).to.equal(503);
    expect(visible.counts()).to.include({ unknown: 1, tooMany: 0 });
    expect(clock.waiting).to.equal(0);
  });

  it('stop the wait of a client that disconnects, without a timer', async () => {
    allow = () => new Promise(() => undefined);
    const gone = new AbortController();
    const waiting = of(userOf('alice'))
      .ready(gone.signal)
      .catch((error: unknown) => error);
    await settled();
    gone.abort(new Error('gone'));
    expect(await waiting).to.have.property('message', 'gone');
    expect(clock.waiting).to.equal(0);
    expect(visible.counts().unknown).to.equal(0);
  });

  it('keep a bounded number of sets, and forget those that were not used for the longest time', async () => {
    make({ bounds: { sets: 4, namespaces: 1000 } });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'a']) await ready(of(userOf(name)));
    expect(visible.counts()).to.include({ users: 4, sets: 4, forgotten: 2 });
    expect(asked.filter((one) => one === 'a watch pods *')).to.have.length(2);
  });

  it('refuse new users with 503 while all sets are watched, and serve the known ones', async () => {
    make({ bounds: { sets: 4, namespaces: 1000 } });
    const accesses = ['a', 'b', 'c', 'd'].map((name) => of(userOf(name)));
    for (const access of accesses) {
      await ready(access);
      access.follow(() => undefined);
    }
    expect(await codeOf(() => of(userOf('e')))).to.equal(503);
    expect(await ready(of(userOf('a')))).to.deep.equal(['a']);
    expect(visible.counts()).to.include({ tooMany: 1, unknown: 0, forgotten: 0 });
  });

  it('let one user with many tokens have a quarter of the sets', async () => {
    make({ bounds: { sets: 40, namespaces: 1000 } });
    await ready(of(userOf('alice')));
    const token = (number: number): User => userOf('eve', { extra: { 'credential-id': [`${number}`] } });
    for (let number = 0; number < 10; number += 1) {
      const access = of(token(number));
      await ready(access);
      access.follow(() => undefined);
    }
    expect(await codeOf(() => of(token(10)))).to.equal(503);
    expect(visible.counts()).to.include({ users: 2, sets: 11, forgotten: 0 });
    expect(await ready(of(userOf('bob')))).to.deep.equal(['a']);
  });

  it('bound the namespaces of all sets', async () => {
    for (let at = 0; at < 9; at += 1) pods.add(pod(`n${at}/x`));
    allow = (review) => !review.endsWith(' *');
    make({ bounds: { sets: 1000, namespaces: 30 } });
    for (let at = 0; at < 6; at += 1) {
      expect(await ready(of(userOf(`user${at}`)))).to.have.length(11);
      expect(visible.counts().namespaces).to.be.at.most(30);
    }
    expect(visible.counts()).to.include({ sets: 2, namespaces: 22, forgotten: 4 });
  });

  it('do not use a set that is forgotten before its request: it learns of no change of rights', async () => {
    make({ bounds: { sets: 4, namespaces: 1000 } });
    const access = of(userOf('eve'));
    expect(await ready(access)).to.deep.equal(['a']);
    // Another request of eve, with another token, forgets the first set.
    await ready(of(userOf('eve', { uid: 'other' })));
    allow = () => false;
    visible.rightsChanged();
    expect(access.current()).to.equal(undefined);
    expect(await codeOf(() => access.ready(signal))).to.equal(503);
    clock.advance(1000);
    expect(await ready(of(userOf('eve')))).to.deep.equal([]);
  });

  it('review a user again that came shortly after a change of rights', async () => {
    visible.rightsChanged();
    clock.advance(100);
    // The authorizer of the cluster does not know the change yet.
    expect(await ready(of(userOf('alice')))).to.deep.equal(['a']);
    allow = () => false;
    clock.advance(1900);
    expect(await ready(of(userOf('alice')))).to.deep.equal([]);
  });

  it('review new namespaces for the users who watch', async () => {
    const access = of(userOf('alice'));
    await ready(access);
    let ended = 0;
    access.follow(() => (ended += 1));
    await ready(of(userOf('bob')));
    asked = [];
    pods.add(pod('new/x'));
    await settled();
    expect(asked).to.deep.equal(['alice watch pods new']);
    expect(ended).to.equal(0);
  });

  it('count users, reviews, their results, and the time to the first set', async () => {
    allow = () => Promise.reject(new Error('down'));
    expect(await codeOf(() => ready(of(userOf('alice'))))).to.equal(503);
    clock.advance(1500);
    allow = (review) => review.endsWith(' a');
    await ready(of(userOf('alice')));
    clock.advance(300_000);
    await ready(of(userOf('alice')));
    expect(firstKnown).to.deep.equal([1.5]);
    expect(visible.counts()).to.deep.equal({
      users: 1,
      sets: 1,
      namespaces: 1,
      forgotten: 0,
      reviewed: { same: 0, changed: 2, failed: 1 },
      reviews: 7,
      waitingReviews: 0,
      unknown: 1,
      tooMany: 0,
    });
  });

  it('end all watches with the server', async () => {
    const access = of(userOf('alice'));
    await ready(access);
    let ended = 0;
    access.follow(() => (ended += 1));
    visible.stop();
    expect([ended, visible.counts().sets, clock.waiting]).to.deep.equal([1, 0, 0]);
  });
});

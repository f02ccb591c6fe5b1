import { expect } from 'chai';

import { ApiError } from '../../../../src/server/wire/status.ts';
import type { Storage, StorageEvent } from '../../../../src/testing/cluster/storage/storage.ts';
import { testCluster } from '../support/without-socket.ts';

const cm = (key: string, data: object = { a: 'b' }, metadata: object = {}) => {
  const [namespace, name] = key.split('/');
  return { metadata: { namespace: namespace!, name: name!, ...metadata }, data };
};

const codeOf = (act: () => unknown): number => {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
  return 0;
};

const recorded = (store: Storage, signal: AbortSignal = new AbortController().signal): string[] => {
  const seen: string[] = [];
  const text = ({ type, resource, key, revision }: StorageEvent): string => `${type} ${resource} ${key}@${revision}`;
  store.subscribe((events) => seen.push(...events.map(text)), signal);
  return seen;
};

describe('storage()', () => {
  it('starts at the given revision with any initial namespaces', () => {
    expect(testCluster().store.revision).to.equal(1000);
    expect(testCluster({ revision: 7_000_000 }).store.revision).to.equal(7_000_000);
    expect(testCluster({ namespaces: [] }).store.list('namespaces')).to.deep.equal([]);
  });

  describe('create()', () => {
    it('sets the fields that the server determines', () => {
      const { store } = testCluster();
      const made = store.create('deployments.apps', {
        metadata: { name: 'web', namespace: 'default' },
        spec: { replicas: 2 },
      });
      expect(made).to.deep.equal({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: {
          name: 'web',
          namespace: 'default',
          uid: '00000000-0000-4000-8000-000000000005',
          resourceVersion: '1001',
          generation: 1,
          creationTimestamp: '2026-01-01T00:00:00Z',
        },
        spec: { replicas: 2 },
      });
      expect(store.get('deployments.apps', 'default/web')).to.equal(made);
    });

    it('accepts uid, creationTimestamp and status from an owner, but not from a client', () => {
      const { store } = testCluster();
      const given = {
        metadata: { name: 'x', uid: 'u', creationTimestamp: '2020-01-01T00:00:00Z' },
        status: { phase: 'Running' },
      };
      const own = store.create('pods', given);
      expect([own.metadata.uid, own.metadata.creationTimestamp, own['status']]).to.deep.equal([
        'u',
        '2020-01-01T00:00:00Z',
        { phase: 'Running' },
      ]);
      const theirs = store.create(
        'pods',
        { ...given, metadata: { ...given.metadata, name: 'y' } },
        { writer: 'client' },
      );
      expect(theirs.metadata.uid).not.to.equal('u');
      expect(theirs.metadata.creationTimestamp).to.equal('2026-01-01T00:00:00Z');
      expect(theirs['status']).to.deep.equal({ phase: 'Pending', qosClass: 'BestEffort' });
    });

    it('copies its argument', () => {
      const { store } = testCluster();
      const given = cm('default/a');
      store.create('configmaps', given);
      given.data = { a: 'changed' };
      (given.metadata as { name: string }).name = 'other';
      expect(store.get('configmaps', 'default/a')?.['data']).to.deep.equal({ a: 'b' });
    });

    it('generates unused names', () => {
      const numbers = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5];
      const { store } = testCluster({ random: () => numbers.shift() ?? 0.9 });
      const names = [1, 2].map(() => store.create('events', { metadata: { generateName: 'ev-' } }).metadata.name);
      expect(names[0]).to.equal('ev-bbbbb');
      expect(names[1])
        .to.match(/^ev-[a-z0-9]{5}$/)
        .and.not.equal(names[0]);
    });

    for (const [why, code, resource, object] of [
      ['the name is in use', 409, 'configmaps', cm('default/there')],
      ['the namespace does not exist', 404, 'configmaps', cm('nowhere/a')],
      ['the name is missing', 422, 'configmaps', { metadata: {} }],
      ['the name is invalid', 422, 'configmaps', cm('default/Not_Legal')],
      ['a label is invalid', 422, 'configmaps', cm('default/a', {}, { labels: { a: '-' } })],
      [
        'an owner has no uid',
        422,
        'configmaps',
        cm('default/a', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x' }] }),
      ],
      ['a namespace has dots in its name', 422, 'namespaces', { metadata: { name: 'a.b' } }],
    ] as const) {
      it(`throws ${code} if ${why}, and stores nothing`, () => {
        const { store } = testCluster();
        store.create('configmaps', cm('default/there'));
        expect(codeOf(() => store.create(resource, object))).to.equal(code);
        expect(store.revision).to.equal(1001);
      });
    }

    it('stores nothing on a dry run', () => {
      const { store } = testCluster();
      expect(store.create('configmaps', cm('default/a'), { dryRun: true }).metadata.uid).to.be.a('string');
      expect([store.revision, store.list('configmaps').length]).to.deep.equal([1000, 0]);
    });
  });

  describe('update()', () => {
    it('emits no event and keeps the revision if nothing changes', () => {
      const { store } = testCluster();
      const made = store.create('configmaps', cm('default/a'));
      const seen = recorded(store);
      expect(store.update('configmaps', cm('default/a'))).to.equal(made);
      expect(store.modify('configmaps', 'default/a', (current) => ({ ...current }))).to.equal(made);
      expect([store.revision, seen]).to.deep.equal([1001, []]);
    });

    it('refuses an older resourceVersion and another uid', () => {
      const { store } = testCluster();
      store.create('configmaps', cm('default/a'));
      store.update('configmaps', cm('default/a', { a: 'c' }));
      expect(codeOf(() => store.update('configmaps', cm('default/a', {}, { resourceVersion: '1001' })))).to.equal(409);
      expect(codeOf(() => store.update('configmaps', cm('default/a', {}, { uid: 'other' })))).to.equal(409);
      expect(codeOf(() => store.update('configmaps', cm('default/missing')))).to.equal(404);
      expect(
        store.update('configmaps', cm('default/a', {}, { resourceVersion: '1002' })).metadata.resourceVersion,
      ).to.equal('1003');
    });

    it('increments generation for changes of spec, but not of metadata and status', () => {
      const { store } = testCluster();
      const key = 'default/web';
      store.create('deployments.apps', { metadata: { name: 'web' }, spec: { replicas: 1 } });
      const generations = [
        store.modify('deployments.apps', key, (web) => ({ ...web, metadata: { ...web.metadata, labels: { a: 'b' } } })),
        store.patchStatus('deployments.apps', key, { replicas: 1 }),
        store.modify('deployments.apps', key, (web) => ({ ...web, spec: { replicas: 2 } })),
      ].map(({ metadata }) => metadata.generation);
      expect(generations).to.deep.equal([1, 1, 2]);
    });

    it('keeps status in a write of main, and all other fields in a write of status', () => {
      const { store } = testCluster();
      store.create('pods', { metadata: { name: 'x' }, spec: { nodeName: 'n' }, status: { phase: 'Pending' } });
      const change = {
        metadata: { name: 'x', labels: { a: 'b' } },
        spec: { nodeName: 'm' },
        status: { phase: 'Running' },
      };
      const status = store.update('pods', change, { part: 'status' });
      expect([status['spec'], status['status'], status.metadata.labels]).to.deep.equal([
        { nodeName: 'n' },
        { phase: 'Running' },
        undefined,
      ]);
      const main = store.update('pods', { ...change, status: { phase: 'Failed' } }, { part: 'main' });
      expect([main['spec'], main['status'], main.metadata.labels]).to.deep.equal([
        { nodeName: 'm' },
        { phase: 'Running' },
        { a: 'b' },
      ]);
    });
  });

  describe('delete()', () => {
    it('deletes an object when its last finalizer is removed', () => {
      const { store } = testCluster();
      store.create('configmaps', cm('default/a', {}, { finalizers: ['x.io/y'] }));
      const seen = recorded(store);
      const terminating = store.delete('configmaps', 'default/a');
      expect(terminating.metadata.deletionTimestamp).to.equal('2026-01-01T00:00:00Z');
      expect(store.delete('configmaps', 'default/a')).to.equal(terminating);
      const added = { ...terminating, metadata: { ...terminating.metadata, finalizers: ['x.io/y', 'x.io/z'] } };
      expect(codeOf(() => store.update('configmaps', added))).to.equal(422);
      store.update('configmaps', cm('default/a', {}, { finalizers: [] }));
      expect(store.get('configmaps', 'default/a')).to.equal(undefined);
      expect(seen).to.deep.equal(['MODIFIED configmaps default/a@1002', 'DELETED configmaps default/a@1003']);
    });

    it('checks preconditions', () => {
      const { store } = testCluster();
      const { metadata } = store.create('configmaps', cm('default/a'));
      const withUid = (uid: string) => () => store.delete('configmaps', 'default/a', { preconditions: { uid } });
      expect(codeOf(withUid('other'))).to.equal(409);
      expect(
        codeOf(() => store.delete('configmaps', 'default/a', { preconditions: { resourceVersion: '1' } })),
      ).to.equal(409);
      withUid(metadata.uid)();
      expect(codeOf(withUid(metadata.uid))).to.equal(404);
    });

    it('deletes the contents of a namespace before the namespace, with an event for each', () => {
      const { store } = testCluster();
      store.create('namespaces', { metadata: { name: 'shop' } });
      store.create('pods', { metadata: { name: 'web', namespace: 'shop' } });
      store.create('configmaps', cm('shop/held', {}, { finalizers: ['x.io/y'] }));
      const seen = recorded(store);
      expect(store.delete('namespaces', 'shop')['status']).to.deep.equal({ phase: 'Terminating' });
      expect(codeOf(() => store.create('configmaps', cm('shop/new')))).to.equal(403);
      store.update('configmaps', cm('shop/held', {}, { finalizers: [] }));
      expect(codeOf(() => store.create('configmaps', cm('shop/new')))).to.equal(404);
      expect(seen).to.deep.equal([
        'MODIFIED namespaces shop@1004',
        'MODIFIED configmaps shop/held@1005',
        'DELETED pods shop/web@1006',
        'DELETED configmaps shop/held@1007',
        'DELETED namespaces shop@1008',
      ]);
    });
  });

  it('deletes several events in one revision when their lease expires', () => {
    const { store } = testCluster();
    for (const name of ['a', 'b', 'c']) store.create('events', { metadata: { name } });
    const seen = recorded(store);
    store.expireEvents(['default/a', 'default/unknown', 'default/c']);
    store.expireEvents([]);
    expect(seen).to.deep.equal(['DELETED events default/a@1004', 'DELETED events default/c@1004']);
    expect(store.revision).to.equal(1004);
  });

  it('notifies all listeners of a write before the events of a write by a listener', () => {
    const { store } = testCluster();
    const ended = new AbortController();
    store.subscribe(([event]) => {
      if (event?.key === 'default/a') store.create('configmaps', cm('default/b'));
    }, ended.signal);
    const seen = recorded(store);
    store.create('configmaps', cm('default/a'));
    ended.abort();
    store.create('configmaps', cm('default/c'));
    expect(seen.map((text) => text.split(' ')[2])).to.deep.equal([
      'default/a@1001',
      'default/b@1002',
      'default/c@1003',
    ]);
  });

  it('lists the objects of a namespace in the order of keys', () => {
    const { store } = testCluster({ namespaces: ['a', 'a-b', 'b'] });
    for (const key of ['b/x', 'a/y', 'a-b/z', 'a/x']) store.create('configmaps', cm(key));
    const names = (namespace?: string) =>
      store.list('configmaps', namespace).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(names()).to.deep.equal(['a-b/z', 'a/x', 'a/y', 'b/x']);
    expect(names('a')).to.deep.equal(['a/x', 'a/y']);
  });

  describe('table().at()', () => {
    it('returns the state at every revision of the history', () => {
      const { store } = testCluster();
      const states = new Map<number, string>([[1000, '']]);
      const now = (): string =>
        store
          .list('configmaps')
          .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
          .join(' ');
      let seed = 7;
      const random = (limit: number): number => {
        seed = (seed * 16_807) % 2_147_483_647;
        return seed % limit;
      };
      for (let step = 0; step < 300; step += 1) {
        const key = `default/c${random(8)}`;
        const exists = store.get('configmaps', key) !== undefined;
        if (!exists) store.create('configmaps', cm(key));
        else if (random(3) === 0) store.delete('configmaps', key);
        else store.update('configmaps', cm(key, { step: String(step) }));
        states.set(store.revision, now());
      }
      for (const [revision, state] of states) {
        const found = [...(store.table('configmaps')?.at(revision)?.entries('') ?? [])];
        expect(
          found.map(([, { metadata }]) => `${metadata.name}@${metadata.resourceVersion}`).join(' '),
          String(revision),
        ).to.equal(state);
      }
    });

    it('returns undefined before the oldest event in the log', () => {
      const { store } = testCluster({ historyLimit: 3 });
      for (const name of ['a', 'b', 'c', 'd', 'e']) store.create('configmaps', cm(`default/${name}`));
      const known = [1000, 1001, 1002, 1003, 1004, 1005].filter(
        (revision) => store.table('configmaps')?.at(revision) !== undefined,
      );
      expect(known).to.deep.equal([1002, 1003, 1004, 1005]);
      store.expireHistory();
      expect(store.table('configmaps')?.at(1004)).to.equal(undefined);
      expect(store.table('configmaps')?.at(1005)).not.to.equal(undefined);
    });
  });
});

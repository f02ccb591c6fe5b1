import { expect } from 'chai';
import fc from 'fast-check';
import { identity } from '../../../src/projections/identity.ts';
import { leftOwnsRight, rightOwnsLeft } from '../../../src/projections/match/ownership.ts';
import { join } from '../../../src/projections/operators/join.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import {
  controlledBy,
  customObject,
  fakeInformer,
  pod,
  replicaSet,
  track,
} from '../../../src/testing/informers/index.ts';
import { type Content, matchSuite, type Thing } from './match.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const UIDS = ['u1', 'u2', 'u3'];
const reference = fc.record({
  apiVersion: fc.constant('apps/v1'),
  kind: fc.constantFrom('ReplicaSet', 'Job'),
  name: fc.constant('any'),
  uid: fc.constantFrom(...UIDS),
});
/** Any number of owners, of which at most one is a controller. */
const owned: fc.Arbitrary<Content<unknown>> = fc
  .tuple(fc.array(reference, { maxLength: 2 }), fc.option(reference, { nil: undefined }))
  .map(([others, controller]) => ({
    ownerReferences: [...others, ...(controller === undefined ? [] : [{ ...controller, controller: true }])],
  }));
/** Owners may be recreated. They may also share a uid, which does not happen in a cluster. */
const owner: fc.Arbitrary<Content<unknown>> = fc.record({ uid: fc.constantFrom(...UIDS, 'u4') });
const controls = (one: Thing<unknown>, other: Thing<unknown>, kind?: string): boolean =>
  [undefined, other.metadata.namespace].includes(one.metadata.namespace) &&
  (other.metadata.ownerReferences ?? []).some(
    (each) => each.controller === true && each.uid === one.metadata.uid && (kind ?? each.kind) === each.kind,
  );

matchSuite({
  name: 'rightOwnsLeft()',
  match: rightOwnsLeft(),
  left: owned,
  right: owner,
  belong: (left, right) => controls(right, left),
});
matchSuite({
  name: 'rightOwnsLeft() of a kind',
  match: rightOwnsLeft({ kind: 'Job' }),
  left: owned,
  right: owner,
  belong: (left, right) => controls(right, left, 'Job'),
});
matchSuite({
  name: 'leftOwnsRight()',
  match: leftOwnsRight(),
  left: owner,
  right: owned,
  belong: (left, right) => controls(left, right),
});

describe('rightOwnsLeft() and leftOwnsRight()', () => {
  const owners = () => fakeInformer(replicaSet('shop/web', { uid: 'one' }));
  const owning = replicaSet('shop/web', { uid: 'one' });

  it('matches a pod with its ReplicaSet, until the ReplicaSet is recreated with the same name', () => {
    const pods = fakeInformer(pod('shop/web-1', { ownerReferences: [controlledBy(owning)] }), pod('shop/alone'));
    const replicaSets = owners();
    const rows = pods.pipe(
      leftJoin(replicaSets, rightOwnsLeft(), (p, rs) => ({ metadata: identity(p), of: rs?.metadata?.name })),
    );
    const events = track(rows, ({ of }) => of);
    events.expect('ADDED shop/alone', 'ADDED shop/web-1 web');
    replicaSets.replace(replicaSet('shop/web', { uid: 'two' }));
    events.expect('MODIFIED shop/web-1');
    pods.modify(pod('shop/web-1', { ownerReferences: [controlledBy(replicaSet('shop/web', { uid: 'two' }))] }));
    events.expect('MODIFIED shop/web-1 web');
  });

  for (const [title, owner, dependent, isOwner] of [
    ['in the same namespace', 'shop/o', 'shop/d', true],
    ['in another namespace', 'bank/o', 'shop/d', false],
    ['that is cluster-scoped, of a namespaced dependent', 'o', 'shop/d', true],
    ['that is cluster-scoped, of a cluster-scoped dependent', 'o', 'd', true],
    ['that is namespaced, of a cluster-scoped dependent', 'shop/o', 'd', false],
  ] as const) {
    it(`${isOwner ? 'matches' : 'counts as absent'} an owner ${title}`, () => {
      const owners = fakeInformer(customObject('example.com/v1', 'Owner', owner, {}, { uid: 'one' }));
      const reference = { apiVersion: 'example.com/v1', kind: 'Owner', name: 'o', uid: 'one', controller: true };
      const dependents = fakeInformer(
        customObject('example.com/v1', 'Dependent', dependent, {}, { ownerReferences: [reference] }),
      );
      const up = dependents.pipe(
        leftJoin(owners, rightOwnsLeft(), (d, o) => ({ metadata: identity(d), of: o?.metadata.name })),
      );
      const down = owners.pipe(
        leftJoin(dependents, leftOwnsRight(), (o, all) => ({ metadata: identity(o), count: all.length })),
      );
      const upEvents = track(up, ({ of }) => of);
      const downEvents = track(down, ({ count }) => String(count));
      upEvents.expect(isOwner ? `ADDED ${dependent} o` : `ADDED ${dependent}`);
      downEvents.expect(`ADDED ${owner} ${isOwner ? 1 : 0}`);
      owners.delete(owner);
      upEvents.expect(...(isOwner ? [`MODIFIED ${dependent}`] : []));
    });
  }

  it('ignores an owner that is not the controller', () => {
    const pods = fakeInformer(pod('shop/web-1', { ownerReferences: [{ ...controlledBy(owning), controller: false }] }));
    track(pods.pipe(join(owners(), rightOwnsLeft(), (p) => ({ metadata: identity(p) })))).expect();
  });

  it('matches a ReplicaSet with its pods in order of keys, also with an orphan that it adopts', () => {
    const pods = fakeInformer(
      pod('shop/web-2', { ownerReferences: [controlledBy(owning)] }),
      pod('shop/web-1', { ownerReferences: [controlledBy(owning)] }),
      pod('shop/orphan'),
    );
    const rows = owners().pipe(
      leftJoin(pods, leftOwnsRight(), (rs, its) => ({
        metadata: identity(rs),
        pods: its.map((p) => p.metadata?.name),
      })),
    );
    const events = track(rows, (row) => row.pods.join());
    pods.modify(pod('shop/orphan', { ownerReferences: [controlledBy(owning)] }));
    pods.delete('shop/web-1');
    events.expect(
      'ADDED shop/web web-1,web-2',
      'MODIFIED shop/web orphan,web-1,web-2',
      'MODIFIED shop/web orphan,web-2',
    );
    expect(
      nodeOf(rows)
        .originsOf('shop/web')
        ?.map(({ key }) => key),
    ).to.deep.equal(['shop/web', 'shop/orphan', 'shop/web-2']);
  });
});

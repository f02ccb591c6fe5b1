import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Node, V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { byName } from '../../../src/projections/match/by-key.ts';
import { byValues } from '../../../src/projections/match/equal-values.ts';
import { join } from '../../../src/projections/operators/join.ts';
import { fakeInformer, node, pod, track } from '../../../src/testing/informers/index.ts';
import type { Value } from '../../conformance/observed-source.ts';
import { BAD, operatorSuite } from './operator.suite.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

/** The names of partners by number. A negative number has no partner. */
const partnerOf = (n: number): string | undefined => (n < 0 ? undefined : 'abcd'[n]);
const good = (n: number): number => {
  if (n === BAD) throw new RangeError('bad');
  return n;
};

operatorSuite<string>({
  name: 'join by a key',
  sources: 2,
  build: (left, right) =>
    left.pipe(
      join(
        right,
        ({ n }) => partnerOf(good(n)),
        ({ n }, partner) => `${n} ${good(partner.n)}`,
      ),
    ),
  show: (row) => row,
  expected: (left, right) => {
    const rows = new Map<string, string>();
    const errors: string[] = [];
    for (const [key, { n }] of left) {
      const partner = right.get(partnerOf(n) ?? '');
      if (n === BAD || partner?.n === BAD) errors.push(key);
      else if (partner !== undefined) rows.set(key, `${n} ${partner.n}`);
    }
    return { rows, errors };
  },
});

/** Joins each object with the objects of the other source whose number has the same parity. */
const parity = ({ n }: Value): string => String(Math.abs(good(n)) % 2);

operatorSuite<string>({
  name: 'join by values',
  sources: 2,
  build: (left, right) =>
    left.pipe(
      join(right, byValues(parity, parity), ({ n }, partners) => `${n} ${partners.map((one) => one.n).join()}`),
    ),
  show: (row) => row,
  expected: (left, right) => {
    const rows = new Map<string, string>();
    const rights = [...right].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, { n }]) => n);
    for (const [key, { n }] of left) {
      const partners = rights.filter((other) => n !== BAD && other !== BAD && (n - other) % 2 === 0);
      if (partners.length > 0) rows.set(key, `${n} ${partners.join()}`);
    }
    return { rows, errors: [...left, ...right].filter(([, { n }]) => n === BAD).map(([key]) => key) };
  },
});

describe('join()', () => {
  const zones = (pods: Collection<V1Pod>, nodes: Collection<V1Node>) =>
    pods.pipe(
      join(
        nodes,
        (p) => p.spec?.nodeName,
        (p, n) => ({ metadata: identity(p), zone: n.metadata?.labels?.['topology.kubernetes.io/zone'] }),
      ),
    );

  it('has a row while there is a partner', () => {
    const pods = fakeInformer(pod('shop/web'), pod('shop/db', { node: 'n1' }));
    const nodes = fakeInformer(node('n1', { zone: 'a' }));
    const rows = zones(pods, nodes);
    const events = track(rows, (row) => row.zone);
    pods.modify(pod('shop/web', { node: 'n2' }));
    nodes.add(node('n2', { zone: 'b' }));
    nodes.delete('n1');
    nodes.delete('n2');
    events.expect('ADDED shop/db a', 'ADDED shop/web b', 'DELETED shop/db a', 'DELETED shop/web b');
    expect(nodeOf(rows).originsOf('shop/web')).to.deep.equal([]);
    expect(rows.name).to.equal('pods | join(nodes)');
  });

  it('clears the error of a row when its partner is deleted', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
    const nodes = fakeInformer(node('n1'));
    const rows = pods.pipe(
      join(
        nodes,
        (p) => p.spec?.nodeName,
        (p, n) => ({ metadata: identity(p), capacity: n.status?.capacity?.['cpu'] ?? expect.fail('unknown') }),
      ),
    );
    track(rows).expect();
    expect(rows.errors.get('shop/web')?.message).to.equal('pods | join(nodes): no row for shop/web: unknown');
    nodes.delete('n1');
    expect(rows.errors.size).to.equal(0);
  });

  it('is not synced while the other collection is gone', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
    const nodes = fakeInformer(node('n1', { zone: 'a' }));
    const rows = zones(pods, nodes);
    const events = track(rows);
    nodes.gone();
    events.expect('ADDED shop/web', 'DELETED shop/web');
    expect(rows.hasSynced).to.equal(false);
    nodes.replace(node('n1', { zone: 'a' }));
    events.expect('ADDED shop/web');
    expect(rows.hasSynced).to.equal(true);
  });

  it('passes an existing partner to the function', () => {
    const nodes: Collection<V1Node> = fakeInformer(node('n1'));
    const kinds: Collection<string | undefined> = nodes.pipe(join(nodes, byName(), (_, n) => n.kind));
    track(kinds, (kind) => kind).expect('ADDED n1 Node');
    const named = (n: V1Node): string | undefined => n.metadata?.name;
    // @ts-expect-error: the partners are a list
    const wrong = () => nodes.pipe(join(nodes, byValues(named, named), (_, all) => all.kind));
    expect(wrong).to.be.a('function');
  });
});

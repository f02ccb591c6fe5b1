import fc from 'fast-check';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { byKey, byName, leftNamesRight, rightNamesLeft } from '../../../src/projections/match/by-key.ts';
import { join } from '../../../src/projections/operators/join.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import type { Values } from '../../../src/projections/results.ts';
import { customObject, fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { type Content, matchSuite, type Thing } from './match.suite.ts';

interface Naming {
  readonly to?: string | null | undefined;
}

const naming = (...to: (string | null | undefined)[]): fc.Arbitrary<Content<Naming>> =>
  fc.record({ spec: fc.record({ to: fc.constantFrom(...to, '', 'BAD', null, undefined) }) });
const plain: fc.Arbitrary<Content<unknown>> = fc.constant({});
const isBad = ({ spec }: Thing<Naming>): boolean => spec?.to === 'BAD';
const toOf = (thing: Thing<Naming>): string | null | undefined => {
  if (isBad(thing)) throw new RangeError('bad');
  return thing.spec?.to;
};
const keyOf = ({ metadata: { namespace, name } }: Thing<unknown>): string =>
  namespace === undefined ? `${name}` : `${namespace}/${name}`;

matchSuite({
  name: 'a key function',
  match: byKey(toOf),
  left: naming('shop/a', 'shop/b', 'store/a', 'node', 'shop/b'),
  right: plain,
  leftIsBad: isBad,
  belong: (left, right) => left.spec?.to === keyOf(right),
});

matchSuite({
  name: 'byName()',
  match: byName(),
  left: plain,
  right: plain,
  belong: (left, right) => keyOf(left) === keyOf(right),
});

matchSuite({
  name: 'byName() with a function',
  match: byName(toOf),
  left: naming('a', 'b', 'node'),
  right: plain,
  leftIsBad: isBad,
  belong: (left, right) =>
    left.metadata.namespace === right.metadata.namespace && left.spec?.to === right.metadata.name,
});

interface NamingMany {
  /** The function throws for `BAD`. */
  readonly keys?: Values;
}

const key = fc.constantFrom('shop/a', 'shop/b', 'store/a', 'node', 'shop/none');
const namingMany: fc.Arbitrary<Content<NamingMany>> = fc.record({
  spec: fc.record({
    keys: fc.oneof(key, fc.array(key, { maxLength: 4 }), fc.constantFrom(undefined, null, '', 'BAD')),
  }),
});
const isBadMany = ({ spec }: Thing<NamingMany>): boolean => spec?.keys === 'BAD';
const keysOf = (thing: Thing<NamingMany>): Values => {
  if (isBadMany(thing)) throw new RangeError('bad');
  return thing.spec?.keys;
};
const names = ({ spec }: Thing<NamingMany>, other: Thing<unknown>): boolean =>
  [spec?.keys].flat().includes(keyOf(other));

matchSuite({
  name: 'leftNamesRight()',
  match: leftNamesRight(keysOf),
  left: namingMany,
  right: plain,
  leftIsBad: isBadMany,
  belong: (left, right) => names(left, right),
});

matchSuite({
  name: 'rightNamesLeft()',
  match: rightNamesLeft(keysOf),
  left: plain,
  right: namingMany,
  rightIsBad: isBadMany,
  belong: (left, right) => names(right, left),
});

describe('leftNamesRight() and rightNamesLeft()', () => {
  const mounting = (name: string, ...configMaps: string[]): V1Pod =>
    pod(`shop/${name}`, { annotations: { mounts: configMaps.join() } });
  const configMapsOf = ({ metadata }: V1Pod): string[] =>
    (metadata?.annotations?.['mounts'] ?? '').split(',').map((name) => `${metadata?.namespace}/${name}`);
  const configMap = (name: string) => customObject('v1', 'ConfigMap', `shop/${name}`, {});

  it('match pods with the ConfigMaps that they name', () => {
    const pods = fakeInformer(mounting('web', 'settings', 'certificates', 'missing'));
    const configMaps = fakeInformer(configMap('settings'), configMap('certificates'));
    const rows = pods.pipe(
      leftJoin(configMaps, leftNamesRight(configMapsOf), (p, mounted) => ({
        metadata: identity(p),
        configMaps: mounted.map(({ metadata }) => metadata.name),
      })),
    );
    const events = track(rows, (row) => row.configMaps.join());
    configMaps.add(configMap('missing'));
    configMaps.delete('shop/settings');
    events.expect(
      'ADDED shop/web certificates,settings',
      'MODIFIED shop/web certificates,missing,settings',
      'MODIFIED shop/web certificates,missing',
    );
  });

  it('match ConfigMaps with the pods that name them', () => {
    const pods = fakeInformer(mounting('web', 'settings'), mounting('db', 'settings', 'certificates'));
    const rows = fakeInformer(configMap('settings')).pipe(
      join(pods, rightNamesLeft(configMapsOf), ({ metadata: { name = '', namespace = '' } }, users) => ({
        metadata: { name, namespace },
        pods: users.map((p) => p.metadata?.name),
      })),
    );
    const events = track(rows, (row) => row.pods.join());
    pods.modify(mounting('db', 'certificates'));
    events.expect('ADDED shop/settings db,web', 'MODIFIED shop/settings web');
  });
});

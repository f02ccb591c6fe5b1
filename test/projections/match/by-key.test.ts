import fc from 'fast-check';
import { byKey, byName } from '../../../src/projections/match/by-key.ts';
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

/**
 * null and absent are the same for projections: as the result of every function whose type allows null, and in every field that an
 * operator, a match or `identity` reads. Informers remove null fields, but rows of earlier steps and other sources may have them.
 */
import { expect } from 'chai';
import type { Collection } from '../../src/informers/collection/index.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import {
  at,
  byName,
  byValues,
  count,
  countBy,
  countDistinct,
  distinctBy,
  expireAfter,
  groupBy,
  identity,
  indexBy,
  leftJoin,
  leftOwnsRight,
  leftSelectsRight,
  map,
  max,
  min,
  rightOwnsLeft,
  rightSelectsLeft,
  sum,
  topK,
} from '../../src/projections/index.ts';
import { fakeClock, fakeInformer, pod } from '../../src/testing/informers/index.ts';

type Pods = Collection<V1Pod>;
type Missing = null | undefined;

const clock = fakeClock(0);
/** A value that the types of an option do not allow. */
const any = (value: Missing): any => value;

type Build = (pods: Pods, others: Pods, none: Missing) => Collection<unknown>;

/** Pipelines whose functions return no value for each pod. The types of these functions allow null. */
const NO_VALUE: Readonly<Record<string, Build>> = {
  'expireAfter()': (pods, _, none) => pods.pipe(expireAfter(1, () => none, { clock })),
  'at()': (pods, _, none) =>
    pods.pipe(
      at(
        () => [none],
        (one, now) => ({ metadata: identity(one), now: String(now) }),
        { clock },
      ),
    ),
  'topK(within)': (pods, _, none) => pods.pipe(topK(1, { by: () => 1, within: () => any(none) })),
  'byValues(left)': (pods, others, none) =>
    pods.pipe(
      leftJoin(
        others,
        byValues(
          () => none,
          () => 'a',
        ),
        pairOf,
      ),
    ),
  'byValues(right)': (pods, others, none) =>
    pods.pipe(
      leftJoin(
        others,
        byValues(
          () => 'a',
          () => none,
        ),
        pairOf,
      ),
    ),
  'byName()': (pods, others, none) =>
    pods.pipe(
      leftJoin(
        others,
        byName(() => any(none)),
        pairOf,
      ),
    ),
  'leftSelectsRight()': (pods, others, none) =>
    pods.pipe(
      leftJoin(
        others,
        leftSelectsRight(() => none, { empty: 'nothing' }),
        pairOf,
      ),
    ),
  'rightSelectsLeft()': (pods, others, none) =>
    pods.pipe(
      leftJoin(
        others,
        rightSelectsLeft(() => none, { empty: 'nothing' }),
        pairOf,
      ),
    ),
};

/** Pipelines whose functions must return undefined for no value. The compiler refuses null, and it is the error of the object. */
const REFUSED: Readonly<Record<string, Build>> = {
  'groupBy()': (pods, _, none) => pods.pipe(groupBy(() => any(none), { n: count() })),
  'indexBy()': (pods, _, none) => pods.pipe(indexBy(() => any(none))),
  'distinctBy()': (pods, _, none) => pods.pipe(distinctBy(() => any(none))),
  'topK(by)': (pods, _, none) => pods.pipe(topK(1, { by: () => any(none) })),
  'sum()': (pods, _, none) => pods.pipe(groupBy(() => 'g', { n: sum(() => any(none)) })),
  'min()': (pods, _, none) => pods.pipe(groupBy(() => 'g', { n: min(() => any(none)) })),
  'max()': (pods, _, none) => pods.pipe(groupBy(() => 'g', { n: max(() => any(none)) })),
  'countBy()': (pods, _, none) => pods.pipe(groupBy(() => 'g', { n: countBy(() => any(none)) })),
  'countDistinct()': (pods, _, none) => pods.pipe(groupBy(() => 'g', { n: countDistinct(() => any(none)) })),
};

function pairOf(one: V1Pod, other: unknown): object {
  return { metadata: identity(one), other: JSON.stringify(other ?? 'none') };
}

/** Pipelines that read fields of pods. */
const FIELDS: Readonly<Record<string, (pods: Pods, others: Pods) => Collection<unknown>>> = {
  'identity()': (pods) => pods.pipe(map((one) => ({ metadata: identity(one) }))),
  'rightOwnsLeft()': (pods, others) => pods.pipe(leftJoin(others, rightOwnsLeft(), namesOf)),
  'leftOwnsRight()': (pods, others) => others.pipe(leftJoin(pods, leftOwnsRight(), namesOf)),
  'leftSelectsRight()': (pods, others) =>
    others.pipe(
      leftJoin(
        pods,
        leftSelectsRight(() => ({ app: 'web' })),
        namesOf,
      ),
    ),
  'leftSelectsRight() with expressions': (pods, others) =>
    others.pipe(
      leftJoin(
        pods,
        leftSelectsRight(() => ({ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] })),
        namesOf,
      ),
    ),
  'rightSelectsLeft()': (pods, others) =>
    pods.pipe(
      leftJoin(
        others,
        rightSelectsLeft(() => ({ app: 'web' })),
        namesOf,
      ),
    ),
  'a selector of the object': (pods, others) =>
    pods.pipe(
      leftJoin(
        others,
        leftSelectsRight((one: any) => one.spec?.selector, { empty: 'nothing' }),
        namesOf,
      ),
    ),
  'expireAfter()': (pods) => pods.pipe(expireAfter(1, ({ metadata }) => metadata?.creationTimestamp, { clock })),
};

function namesOf(one: V1Pod, partners: unknown): object {
  const list: readonly any[] = Array.isArray(partners) ? partners : [partners];
  return {
    metadata: { name: one.metadata?.name, namespace: 'shop' },
    partners: list.map((other) => other?.metadata?.name),
  };
}

const SAMPLE = {
  ...pod('shop/web'),
  metadata: {
    ...pod('shop/web').metadata,
    name: 'web',
    namespace: 'shop',
    labels: { app: 'web', tier: 'front' },
    annotations: { a: 'b' },
    creationTimestamp: '1970-01-01T00:00:00Z',
    ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'owner', uid: 'owner-uid', controller: true }],
  },
  spec: {
    selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }] },
  },
};

type Path = readonly (string | number)[];

/** The paths of the fields below a value. Fields of the identity are not among them. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = [...path, Array.isArray(value) ? Number(key) : key];
    const isIdentity = /^metadata(\.(name|namespace|uid|resourceVersion))?$/.test(below.join('.'));
    return [...(isIdentity || Array.isArray(value) ? [] : [below]), ...pathsIn(inner, below)];
  });
}

function withValue(object: object, path: Path, value: Missing): any {
  const copy: any = structuredClone(object);
  const parent = path.slice(0, -1).reduce((inner, step) => inner[step], copy);
  const last = path.at(-1) ?? '';
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

/** The rows as text without null, and the keys with an error. */
function resultOf(rows: Collection<unknown>): { readonly rows: unknown[]; readonly errors: string[] } {
  rows.deltas$.subscribe();
  const shown = rows.list().map((row) => JSON.stringify(row, dropNull));
  return { rows: shown.toSorted(), errors: [...rows.errors.keys()].toSorted() };
}

const dropNull = (_key: string, value: unknown): unknown => (value === null ? undefined : value);

describe('null in projections', () => {
  const other = {
    ...pod('shop/owner'),
    metadata: { ...pod('shop/owner').metadata, uid: 'owner-uid', labels: { app: 'web', tier: 'front' } },
  };

  const run = (build: Build, none: Missing): ReturnType<typeof resultOf> =>
    resultOf(build(fakeInformer<V1Pod>(pod('shop/a'), pod('shop/b')), fakeInformer<V1Pod>(other), none));

  for (const [name, build] of Object.entries(NO_VALUE)) {
    it(`counts as no value when a function returns it: ${name}`, () => {
      expect(run(build, null)).to.deep.equal(run(build, undefined));
    });
  }

  for (const [name, build] of Object.entries(REFUSED)) {
    it(`is the error of each object whose function returns it, and never silent: ${name}`, () => {
      expect(run(build, null)).to.deep.equal({ rows: [], errors: ['shop/a', 'shop/b'] });
      expect(run(build, undefined).errors).to.deep.equal([]);
    });
  }

  for (const [name, build] of Object.entries(FIELDS)) {
    it(`counts as absent in every field that is read: ${name}`, () => {
      for (const path of pathsIn(SAMPLE)) {
        // A selector without one of its labels would select more, so null is an error there.
        if (path.at(-2) === 'matchLabels') continue;
        const runWith = (value: Missing): unknown => {
          // After the informer, which would remove the null.
          const pods = fakeInformer<V1Pod>(pod('shop/web')).pipe(map(() => withValue(SAMPLE, path, value)));
          return resultOf(build(pods, fakeInformer<V1Pod>(other)));
        };
        expect(runWith(null), path.join('.')).to.deep.equal(runWith(undefined));
      }
    });
  }
});

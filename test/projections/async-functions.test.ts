/** An async function where a projection needs its value: an error of the row or of the pipeline, and never the end of the process. */
import { expect } from 'chai';
import { addIndex } from '../../src/informers/collection/collection-node.ts';
import type { Collection } from '../../src/informers/collection/collection.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import * as projections from '../../src/projections/index.ts';
import { fakeClock, fakeInformer, pod, settled } from '../../src/testing/informers/index.ts';
import { EscapedErrors } from '../support/stray-errors.ts';

const {
  at,
  byName,
  byValues,
  collect,
  countBy,
  derive,
  distinctBy,
  expireAfter,
  filter,
  flatMap,
  groupBy,
  identity,
  indexBy,
  join,
  leftJoin,
  leftSelectsRight,
  map,
  min,
  recomputeEvery,
  reducer,
  sum,
  tap,
  topK,
} = projections;

type Pods = Collection<V1Pod>;

/** An async function that fails. Its type is wrong everywhere below, as in JavaScript or after a cast. */
const broken = (async () => {
  throw new Error('broken');
}) as () => never;
const row = (object: V1Pod) => ({ metadata: identity(object) });
/** A reducer that counts, with some functions replaced. */
const own = (functions: object): never =>
  reducer({
    initial: () => 0,
    read: () => 1,
    add: (n: number) => n,
    remove: (n: number) => n,
    result: () => 0,
    ...functions,
  }) as never;

/** Pipelines with the function in each place of each operator. */
const PIPELINES: Readonly<Record<string, (pods: Pods) => Collection<unknown>>> = {
  'at: instants': (pods) => pods.pipe(at(broken, row, { clock: fakeClock() })),
  'at: row': (pods) => pods.pipe(at(() => [5], broken, { clock: fakeClock() })),
  'derive: row': (pods) => pods.pipe(derive([], broken)),
  'distinctBy: key': (pods) => pods.pipe(distinctBy(broken)),
  'expireAfter: time': (pods) => pods.pipe(expireAfter(1000, broken, { clock: fakeClock() })),
  'filter: predicate': (pods) => pods.pipe(filter(broken)),
  'flatMap: rows': (pods) => pods.pipe(flatMap(broken)),
  'flatMap: one row': (pods) => pods.pipe(flatMap(() => [broken()])),
  'groupBy: key': (pods) => pods.pipe(groupBy(broken, {})),
  'groupBy: one key of several': (pods) => pods.pipe(groupBy(() => [broken()] as never, {})),
  'groupBy: countBy': (pods) => pods.pipe(groupBy(() => 'a', { n: countBy(broken) })),
  'groupBy: collect': (pods) => pods.pipe(groupBy(() => 'a', { n: collect(broken) })),
  'groupBy: min': (pods) => pods.pipe(groupBy(() => 'a', { n: min(broken) })),
  'groupBy: sum': (pods) => pods.pipe(groupBy(() => 'a', { n: sum(broken) })),
  'groupBy: reducer (initial)': (pods) => pods.pipe(groupBy(() => 'a', { n: own({ initial: broken }) })),
  'groupBy: reducer (read)': (pods) => pods.pipe(groupBy(() => 'a', { n: own({ read: broken }) })),
  'groupBy: reducer (add)': (pods) => pods.pipe(groupBy(() => 'a', { n: own({ add: broken }) })),
  'groupBy: reducer (remove)': (pods) => pods.pipe(groupBy(() => 'a', { n: own({ remove: broken }) })),
  'groupBy: reducer (result)': (pods) => pods.pipe(groupBy(() => 'a', { n: own({ result: broken }) })),
  'indexBy: key': (pods) => pods.pipe(indexBy(broken)),
  'join: row': (pods) => pods.pipe(join(pods, byName(), broken)),
  'join: values of the left side': (pods) => pods.pipe(join(pods, byValues(broken, () => 'a') as never, row as never)),
  'join: values of the right side': (pods) => pods.pipe(join(pods, byValues(() => 'a', broken) as never, row as never)),
  'leftJoin: row': (pods) => pods.pipe(leftJoin(pods, byName(), broken)),
  'leftJoin: selector': (pods) => pods.pipe(leftJoin(pods, leftSelectsRight(broken) as never, row as never)),
  'map: row': (pods) => pods.pipe(map(broken)),
  'recomputeEvery: row': (pods) => pods.pipe(recomputeEvery(1000, broken, { clock: fakeClock() })),
  'tap: observer': (pods) => pods.pipe(tap(broken)),
  'topK: by': (pods) => pods.pipe(topK(1, { by: broken })),
  'topK: within': (pods) => pods.pipe(topK(1, { by: () => 1, within: broken })),
};

describe('an async function in a projection', () => {
  const escaped = new EscapedErrors();
  beforeEach(() => escaped.start());
  afterEach(() => escaped.stop());

  for (const [name, pipeline] of Object.entries(PIPELINES)) {
    it(`does not end the process (${name})`, async () => {
      const pods = fakeInformer(pod('shop/a'), pod('shop/b'));
      try {
        const rows = pipeline(pods);
        const subscription = rows.deltas$.subscribe({ error: () => undefined });
        pods.add(pod('shop/c'));
        pods.modify(pod('shop/a', { phase: 'Running' }));
        await settled();
        subscription.unsubscribe();
      } catch (error) {
        expect(error).to.be.instanceOf(Error);
      }
      await settled();
      await new Promise((resolve) => setImmediate(resolve));
      expect(escaped.all).to.deep.equal([]);
    });
  }

  it('does not end the process (addIndex)', async () => {
    const pods = fakeInformer(pod('shop/a'));
    expect(() => addIndex(pods, 'one', broken)).to.throw('promise');
    await new Promise((resolve) => setImmediate(resolve));
    expect(escaped.all).to.deep.equal([]);
  });
});

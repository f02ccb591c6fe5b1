import { expect } from 'chai';
import fc from 'fast-check';
import { identity } from '../../../src/projections/identity.ts';
import { leftSelectsRight, rightSelectsLeft } from '../../../src/projections/match/label-selection.ts';
import type { LabelSelector, Selector } from '../../../src/labels/label-selector.ts';
import { join } from '../../../src/projections/operators/join.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import { customObject, fakeInformer, pod, service, track } from '../../../src/testing/informers/index.ts';
import { type Content, matchSuite, type Thing } from './match.suite.ts';

interface Selecting {
  readonly selector?: Selector;
  /** The function throws. */
  readonly isBad?: boolean;
}

// Every object inherits a property `constructor`.
const label = fc.constantFrom('app', 'constructor');
const text = fc.constantFrom('x', 'x', 'y', '');
const labels = fc.dictionary(label, text, { maxKeys: 2 });
const expression = fc.oneof(
  fc.record({
    key: label,
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.array(text, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key: label, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const selector: fc.Arbitrary<Selector> = fc.oneof(
  labels,
  fc.record(
    { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 2 }) },
    { requiredKeys: ['matchLabels'] },
  ),
  fc.record({ matchExpressions: fc.array(expression, { maxLength: 2 }) }),
  fc.constantFrom<Selector>({}, undefined, null, { matchExpressions: [{ key: 'app', operator: 'Gt', values: ['1'] }] }),
);
const selecting: fc.Arbitrary<Content<Selecting>> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ spec: fc.record({ selector }) }) },
  { weight: 1, arbitrary: fc.constant({ spec: { isBad: true } }) },
);
const labelled: fc.Arbitrary<Content<unknown>> = fc.record({ labels: fc.option(labels, { nil: undefined }) });

const selectorOf = ({ spec }: Thing<Selecting>): Selector => {
  if (spec?.isBad === true) throw new RangeError('bad');
  return spec?.selector;
};
const isBad = ({ spec }: Thing<Selecting>): boolean =>
  spec?.isBad === true ||
  ((spec?.selector as LabelSelector | undefined)?.matchExpressions ?? []).some(({ operator }) => operator === 'Gt');

/** Written from the documentation of label selectors, without the code under test. */
const isSelected = (object: Thing<unknown>, by: Thing<Selecting>, empty: boolean): boolean => {
  const { selector: wanted } = by.spec ?? {};
  if (wanted === undefined || wanted === null || object.metadata.namespace !== by.metadata.namespace) return false;
  const has = new Map(Object.entries(object.metadata.labels ?? {}));
  if (Object.keys(wanted).length === 0) return empty;
  if (!('matchLabels' in wanted || 'matchExpressions' in wanted)) {
    return Object.entries(wanted).every(([key, value]) => has.get(key) === value);
  }
  const { matchLabels, matchExpressions } = wanted as LabelSelector;
  const holds = ({
    key,
    operator,
    values,
  }: {
    key: string;
    operator: string;
    values?: readonly string[] | null | undefined;
  }): boolean => {
    if (operator === 'Exists') return has.has(key);
    if (operator === 'DoesNotExist') return !has.has(key);
    const isIn = has.has(key) && (values ?? []).includes(has.get(key) ?? '');
    return operator === 'In' ? isIn : !isIn;
  };
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => has.get(key) === value) &&
    (matchExpressions ?? []).every(holds)
  );
};

for (const empty of ['everything', 'nothing'] as const) {
  matchSuite({
    name: `leftSelectsRight() where {} selects ${empty}`,
    match: leftSelectsRight(selectorOf, { empty }),
    left: selecting,
    right: labelled,
    leftIsBad: isBad,
    belong: (left, right) => isSelected(right, left, empty === 'everything'),
  });
  matchSuite({
    name: `rightSelectsLeft() where {} selects ${empty}`,
    match: rightSelectsLeft(selectorOf, { empty }),
    left: labelled,
    right: selecting,
    rightIsBad: isBad,
    belong: (left, right) => isSelected(left, right, empty === 'everything'),
  });
}

describe('leftSelectsRight() and rightSelectsLeft()', () => {
  it('matches a Service with its pods', () => {
    const pods = fakeInformer(
      pod('shop/web-2', { labels: { app: 'web' } }),
      pod('shop/web-1', { labels: { app: 'web' } }),
      pod('shop/db', { labels: { app: 'db' } }),
      pod('store/web', { labels: { app: 'web' } }),
    );
    const services = fakeInformer(service('shop/web', { selector: { app: 'web' } }), service('shop/external'));
    const rows = services.pipe(
      leftJoin(
        pods,
        leftSelectsRight((svc) => svc.spec?.selector),
        (svc, selected) => ({ metadata: identity(svc), pods: selected.map((p) => p.metadata?.name) }),
      ),
    );
    const events = track(rows, (row) => row.pods.join());
    pods.modify(pod('shop/db', { labels: { app: 'web' } }));
    services.modify(service('shop/web', { selector: { app: 'web', tier: 'front' } }));
    events.expect(
      'ADDED shop/external',
      'ADDED shop/web web-1,web-2',
      'MODIFIED shop/web db,web-1,web-2',
      'MODIFIED shop/web',
    );
  });

  it('matches a pod with its Services', () => {
    const pods = fakeInformer(pod('shop/web', { labels: { app: 'web', tier: 'front' } }), pod('shop/db'));
    const services = fakeInformer(
      service('shop/web', { selector: { app: 'web' } }),
      service('shop/all', { selector: { tier: 'front' } }),
    );
    const rows = pods.pipe(
      join(
        services,
        rightSelectsLeft((svc) => svc.spec?.selector),
        (p, its) => ({ metadata: identity(p), services: its.map((svc) => svc.metadata?.name) }),
      ),
    );
    const events = track(rows, (row) => row.services.join());
    services.delete('shop/all');
    services.delete('shop/web');
    events.expect('ADDED shop/web all,web', 'MODIFIED shop/web web', 'DELETED shop/web web');
  });

  it('does not recompute a Service when a pod changes that it does not select', () => {
    const pods = fakeInformer(pod('shop/db', { labels: { app: 'db' } }));
    let calls = 0;
    const rows = fakeInformer(service('shop/web', { selector: { app: 'web' } })).pipe(
      leftJoin(
        pods,
        leftSelectsRight((svc) => svc.spec?.selector),
        (svc, selected) => ({ metadata: identity(svc), calls: (calls += 1), pods: selected.length }),
      ),
    );
    track(rows);
    pods.modify(pod('shop/db', { labels: { app: 'db' }, phase: 'Failed' }));
    pods.modify(pod('shop/db', { labels: { app: 'sql' } }));
    expect(calls).to.equal(1);
  });

  for (const [what, expressions, reason] of [
    [
      'an unknown operator',
      [{ key: 'app', operator: 'Like', values: ['w*'] }],
      '"Like" is not a valid label selector operator',
    ],
    ['In without values', [{ key: 'app', operator: 'In' }], 'the operator In for the label "app" needs values'],
    [
      'Exists with values',
      [{ key: 'app', operator: 'Exists', values: ['web'] }],
      'the operator Exists for the label "app" must not have values',
    ],
  ] as const) {
    it(`reports ${what} as the error of the left row, and leaves out a right object`, () => {
      const policies = fakeInformer(
        customObject<Selecting>('example.com/v1', 'Policy', 'shop/p', { selector: { matchExpressions: expressions } }),
      );
      const pods = fakeInformer(pod('shop/web', { labels: { app: 'web' } }));
      const count = policies.pipe(
        leftJoin(
          pods,
          leftSelectsRight((p) => p.spec?.selector),
          (_, all) => all.length,
        ),
      );
      const reverse = pods.pipe(
        leftJoin(
          policies,
          rightSelectsLeft((p) => p.spec?.selector),
          (_, all) => all.length,
        ),
      );
      track(count).expect();
      track(reverse, (n) => n).expect('ADDED shop/web 0');
      expect(count.errors.get('shop/p')?.message).to.equal(`policies | leftJoin(pods): no row for shop/p: ${reason}`);
      expect(reverse.errors.get('shop/p')?.message).to.equal(
        `pods | leftJoin(policies): shop/p is left out: ${reason}`,
      );
      policies.modify(customObject<Selecting>('example.com/v1', 'Policy', 'shop/p', { selector: { app: 'web' } }));
      expect([count.get('shop/p'), reverse.get('shop/web'), count.errors.size, reverse.errors.size]).to.deep.equal([
        1, 1, 0, 0,
      ]);
    });
  }
});

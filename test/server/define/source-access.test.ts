/** The rights to sources that pipelines show, and the steps that show none. */
import { expect } from 'chai';
import { map as rxMap } from 'rxjs';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { informerFactory, type InformerFactory } from '../../../src/informers/index.ts';
import type { ListWatch } from '../../../src/informers/list-watch.ts';
import {
  at,
  byName,
  byValues,
  coalesce,
  derive,
  distinctBy,
  expireAfter,
  filter,
  flatMap,
  fromDeltas,
  groupBy,
  indexBy,
  join,
  leftJoin,
  leftNamesRight,
  leftOwnsRight,
  leftSelectsRight,
  map,
  recomputeEvery,
  rightNamesLeft,
  rightOwnsLeft,
  rightSelectsLeft,
  rowWise,
  tap,
  topK,
  union,
} from '../../../src/projections/index.ts';
import { type RowAuthorization, sourceAccessOf } from '../../../src/server/define/source-access.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { ServerDefinitionError } from '../../../src/server/errors.ts';
import { memoryStore } from '../../../src/stores/index.ts';
import { count } from '../../../src/projections/index.ts';
import { fakeInformer, node, pod } from '../../../src/testing/informers/index.ts';

const silent = (): ListWatch<never> => ({
  name: 'silent',
  list: () => new Promise<never>(() => undefined),
  watch: () => new Promise<never>(() => undefined),
});

const row = () => ({ metadata: { name: 'a' } });

describe('sourceAccessOf()', () => {
  let informers: InformerFactory;
  let widgets: Collection<{ metadata?: { name?: string; uid?: string } }>;
  before(() => {
    informers = informerFactory({ listWatch: silent });
    widgets = informers.of({ group: 'example.com', version: 'v1', resource: 'widgets' });
  });

  /** `source: pods here, nodes everywhere`, or the message of the error. */
  const accessOf = (rows: Collection<unknown>, authorize: RowAuthorization = 'rows', namespaced = true): string => {
    try {
      const access = sourceAccessOf({ plural: 'things', namespaced, authorize }, rows);
      const here = access.inNamespace.map((source) => `${source.resource} here`);
      return [...here, ...access.everywhere.map((source) => `${source.resource} everywhere`)].join(', ');
    } catch (error) {
      expect(error).to.be.instanceOf(ServerDefinitionError);
      return (error as Error).message;
    }
  };

  it('finds the sources of steps that keep the namespace, and those of cluster-scoped partners', () => {
    const { pods, services, replicaSets, persistentVolumeClaims: claims, nodes } = informers;
    const cases: readonly (readonly [Collection<unknown>, string])[] = [
      [pods, 'pods here'],
      [
        pods.pipe(
          filter(() => true),
          tap(() => undefined),
          map(row),
        ),
        'pods here',
      ],
      [
        pods.pipe(
          at(() => 0, row),
          coalesce(10),
          expireAfter(10, () => undefined),
        ),
        'pods here',
      ],
      [pods.pipe(recomputeEvery(1000, row)), 'pods here'],
      [
        pods.pipe(
          leftJoin(
            claims,
            byName(() => 'a'),
            row,
          ),
        ),
        'pods here, persistentvolumeclaims here',
      ],
      [pods.pipe(leftJoin(claims, byName(), row)), 'pods here, persistentvolumeclaims here'],
      [
        services.pipe(
          join(
            pods,
            leftSelectsRight(() => ({})),
            row,
          ),
        ),
        'services here, pods here',
      ],
      [
        pods.pipe(
          join(
            services,
            rightSelectsLeft(() => ({})),
            row,
          ),
        ),
        'pods here, services here',
      ],
      [pods.pipe(leftJoin(replicaSets, rightOwnsLeft(), row)), 'pods here, replicasets here'],
      [replicaSets.pipe(leftJoin(pods, leftOwnsRight(), row)), 'replicasets here, pods here'],
      [pods.pipe(union([services])), 'pods here, services here'],
      [pods.pipe(leftJoin(nodes, (one) => one.spec?.nodeName, row)), 'pods here, nodes everywhere'],
      [pods.pipe(leftJoin(nodes, rightOwnsLeft(), row)), 'pods here, nodes everywhere'],
      [
        pods.pipe(leftJoin(nodes.pipe(groupBy(() => 'a', { all: count() })), () => 'a', row)),
        'pods here, nodes everywhere',
      ],
      [pods.pipe(derive({ nodes }, row)), 'pods here, nodes everywhere'],
      // A custom resource may be cluster-scoped. Its owners would then be in a row of any namespace.
      [pods.pipe(leftJoin(widgets, rightOwnsLeft(), row)), 'pods here, widgets everywhere'],
      [pods.pipe(leftJoin(widgets, byName(), row)), 'pods here, widgets here'],
      [widgets.pipe(map(row)), 'widgets here'],
    ];
    for (const [rows, expected] of cases) {
      expect(accessOf(rows), rows.name).to.equal(expected);
      expect(accessOf(rows, 'source'), rows.name).to.equal(expected);
      expect(accessOf(rows, 'source', false), rows.name).to.equal(expected.replaceAll(' here', ' everywhere'));
    }
  });

  it("names the step that does not keep the namespace; 'source' then needs all namespaces", () => {
    const { pods, persistentVolumeClaims: claims, services } = informers;
    const key = (): string => 'shop/a';
    const own = rowWise<object, object>(
      rxMap((batch) => batch.derive([])),
      { name: 'own', text: 'own' },
    );
    const steps: readonly (readonly [Collection<unknown>, string, string])[] = [
      [pods.pipe(flatMap(() => [])), 'flatMap', 'pods'],
      [pods.pipe(groupBy(key, { all: count() })), 'groupBy', 'pods'],
      [pods.pipe(indexBy(key)), 'indexBy', 'pods'],
      [pods.pipe(distinctBy(key)), 'distinctBy', 'pods'],
      [pods.pipe(topK(1, { by: () => 1 })), 'topK', 'pods'],
      [pods.pipe(own), 'own', 'pods'],
      [pods.pipe(leftJoin(claims, key, row)), 'leftJoin(persistentvolumeclaims)', 'persistentvolumeclaims'],
      [
        pods.pipe(leftJoin(claims, leftNamesRight(key), row)),
        'leftJoin(persistentvolumeclaims)',
        'persistentvolumeclaims',
      ],
      [claims.pipe(join(pods, rightNamesLeft(key), row)), 'join(pods)', 'pods'],
      [pods.pipe(join(services, byValues(key, key), row)), 'join(services)', 'services'],
      [
        pods.pipe(join(claims, { ...byName(), cardinality: 'one' }, row)),
        'join(persistentvolumeclaims)',
        'persistentvolumeclaims',
      ],
      [pods.pipe(derive({ claims }, row)), 'derive(persistentvolumeclaims)', 'persistentvolumeclaims'],
      [pods.pipe(leftJoin(claims.pipe(topK(1, { by: () => 1 })), byName(), row)), 'topK', 'persistentvolumeclaims'],
    ];
    for (const [rows, step, source] of steps) {
      // Steps after it do not hide it.
      const message = accessOf(rows.pipe(map(row as never)));
      expect(message).to.contain(`'rows' needs steps that keep the namespace of each row`);
      expect(message).to.contain(step).and.to.contain(`can contain ${source} of other namespaces`);
      expect(accessOf(rows, 'source')).to.contain(`${source} everywhere`).and.not.to.contain(`${source} here`);
    }
    expect(accessOf(pods.pipe(leftJoin(widgets, key, row)))).to.contain('read it with namespaced: false');
  });

  it('refuses sources and operators that show nothing, also as partners', () => {
    const { pods, nodes } = informers;
    const made = fromDeltas('made', pods.deltas$);
    const own = pods.pipe((batches) => batches.pipe(rxMap((batch) => batch.derive([]))));
    for (const mode of ['rows', 'source'] as const) {
      expect(accessOf(made, mode)).to.equal(
        'resource things: authorize: "made" is not read from a cluster, so there is no right to it; use informers as the sources',
      );
      expect(accessOf(pods.pipe(leftJoin(made, byName(), row)), mode)).to.contain('"made" is not read from a cluster');
      expect(accessOf(own.pipe(map(row as never)), mode)).to.contain('ends with an operator of your own');
    }
    expect(accessOf(nodes)).to.equal("resource things: authorize: 'rows' needs a namespaced source; use 'source'");
    expect(accessOf(pods, 'rows', false)).to.contain("'rows' is for namespaced resources");
  });

  it('takes the resource of a fake informer from its first object', () => {
    expect(accessOf(fakeInformer(pod('a/b')))).to.equal('pods here');
    expect(accessOf(fakeInformer(pod('a/b')).pipe(leftJoin(fakeInformer(node('n')), rightOwnsLeft(), row)))).to.equal(
      'pods here, nodes everywhere',
    );
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a', namespace: 'b' } };
    expect(fakeInformer(widget).resource).to.deep.equal({
      group: 'example.com',
      version: 'v1',
      resource: 'widgets',
      scope: 'unknown',
    });
    expect(accessOf(fakeInformer({ metadata: { name: 'a' } }))).to.contain('"fake" is not read from a cluster');
  });

  it('takes the namespaces of an informer as a proof that its objects have a namespace', () => {
    const limited = informerFactory({ listWatch: silent, namespaces: ['shop'] });
    const gadgets = limited.of({ group: 'example.com', version: 'v1', resource: 'gadgets' });
    expect(accessOf(limited.pods.pipe(leftJoin(gadgets, rightOwnsLeft(), row)))).to.equal('pods here, gadgets here');
    const scoped = limited.of({ group: 'example.com', version: 'v1', resource: 'zones' }, { namespaced: false });
    expect(accessOf(limited.pods.pipe(leftJoin(scoped, () => 'a', row)))).to.equal('pods here, zones everywhere');
  });

  it('is called by resource()', () => {
    const definition = { kind: 'Thing', plural: 'things', namespaced: true, authorize: 'rows' } as const;
    expect(() => resource(definition, informers.pods.pipe(topK(1, { by: () => 1 })))).to.throw(
      ServerDefinitionError,
      'topK',
    );
    expect(() => resource(definition, memoryStore())).to.throw(TypeError, 'things: authorize: is for projections only');
    const wrong = { ...definition, authorize: 'row' } as never;
    expect(() => resource(wrong, informers.pods)).to.throw(TypeError, '"row" must be source or rows');
  });
});

import { expect } from 'chai';
import { inspect } from 'node:util';
import { map as rxMap } from 'rxjs';
import type { Change, DeltaOperator } from '../../../src/informers/collection/index.ts';
import { NotConnectedError } from '../../../src/informers/collection/index.ts';
import { explain } from '../../../src/projections/graph/explain.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { flatMap } from '../../../src/projections/operators/flat-map.ts';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { fakeInformer, pod, track } from '../../../src/testing/informers/index.ts';
import { viewOf } from '../view-rig.ts';
import { type Value, value } from '../../conformance/observed-source.ts';

const twins = flatMap(({ metadata: { name }, n }: Value) =>
  Array.from({ length: n }, (_, i) => ({ metadata: { name: `${name}${i}` } })),
);

describe('explain()', () => {
  it('shows the way from a row to the objects of the sources and their versions', () => {
    const source = fakeInformer(value('a', 2), value('b', 1));
    const rows = source.pipe(
      filter(({ n }) => n > 0),
      twins,
    );
    track(rows);
    source.modify(value('a', 3));
    expect(String(explain(rows, 'a2'))).to.equal(
      [
        'a2 of fake | filter | flatMap',
        '└─ a of fake | filter',
        '   └─ a of fake, resourceVersion 2, uid 00000000-0000-4000-8000-000000000001',
      ].join('\n'),
    );
  });

  it('draws a row made of several objects as a tree', () => {
    const source = fakeInformer(value('a', 11), value('a1', 1));
    const rows = source.pipe(twins);
    track(rows);
    const lines = String(explain(rows, 'a10')).split('\n');
    expect(lines[0]).to.equal(
      'a10 of fake | flatMap, absent: fake | flatMap: no row for a10: a and a1 make rows of the key a10; keys must be unique',
    );
    expect(lines.slice(1).map((line) => line.slice(0, 12))).to.deep.equal(['├─ a of fake', '└─ a1 of fak']);
  });

  it('is printed by console.log as its text', () => {
    const rows = fakeInformer(value('a', 1)).pipe(twins);
    track(rows);
    const explanation = explain(rows, 'a0');
    expect(inspect(explanation))
      .to.equal(String(explanation))
      .and.to.match(/^a0 of fake \| flatMap\n└─ a of fake/);
    expect(inspect(explanation.origins?.[0])).to.match(/^a of fake, resourceVersion/);
  });

  it('shows the error of a row that is absent', () => {
    const source = fakeInformer(value('a', 1));
    const rows = source.pipe(map((): Value => expect.fail('no luck')));
    track(rows);
    expect(explain(rows, 'a')).to.deep.include({ present: false, error: 'fake | map: no row for a: no luck' });
    expect(String(explain(rows, 'b')).split('\n')[0]).to.equal('b of fake | map, absent');
  });

  it('shows the error of a row that its view has refused, until the row can be encoded', () => {
    const pods = fakeInformer(pod('shop/web', { labels: { app: 'web' } }), pod('shop/db'));
    const view = viewOf(
      pods.pipe(map((one) => ({ metadata: { ...identity(one), labels: one.metadata?.annotations } }))),
    );
    expect(explain(view, 'shop/web')).to.deep.include({ present: true, error: undefined });
    pods.modify(pod('shop/web', { annotations: { app: 'no label!' } }));
    // The collection has the row. The view has not, and so clients have not.
    expect(view.collection.get('shop/web')).not.to.equal(undefined);
    expect(view.get('shop/web')).to.equal(undefined);
    const refused = explain(view, 'shop/web');
    expect(refused.present).to.equal(false);
    expect(refused.error)
      .to.equal(view.errors.get('shop/web')?.message)
      .and.to.match(/shop\/web.*label/);
    expect(refused.origins?.[0]).to.deep.include({ key: 'shop/web', present: true, error: undefined });
    expect(String(refused).split('\n')[0]).to.contain(', absent: ').and.to.contain('label');
    expect(explain(view, 'shop/db')).to.deep.include({ present: true, error: undefined });
    // The collection knows nothing of the refusal.
    expect(explain(view.collection, 'shop/web')).to.deep.include({ present: true, error: undefined });
    pods.modify(pod('shop/web', { annotations: { app: 'label' } }));
    expect(explain(view, 'shop/web')).to.deep.include({ present: true, error: undefined });
    view.stop();
  });

  it('shows the error of the collection for a row of a view whose projection fails', () => {
    const pods = fakeInformer(pod('shop/web'));
    const view = viewOf(
      pods.pipe(map((): { metadata: { name: string; namespace: string } } => expect.fail('no luck'))),
    );
    const { present, error } = explain(view, 'shop/web');
    expect([present, error]).to.deep.equal([false, view.collection.errors.get('shop/web')?.message]);
    expect(error).to.contain('no luck');
    view.stop();
  });

  it('says so if an operator of the user does not declare its origins', () => {
    const own: DeltaOperator<Value, Value> = rxMap((batch) =>
      batch.derive(batch.changes.map(({ key, object }): Change<Value> => ({ type: 'PUT', key, object }))),
    );
    const rows = fakeInformer(value('a', 1)).pipe(own);
    track(rows);
    expect(String(explain(rows, 'a'))).to.equal(
      'a of fake | operator\n└─ made by an operator that does not declare its origins',
    );
  });

  it('throws for a collection that does not run', () => {
    expect(() => explain(fakeInformer(value('a', 1)).pipe(twins), 'a0')).to.throw(NotConnectedError);
  });
});

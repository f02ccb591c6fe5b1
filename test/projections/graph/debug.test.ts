import { expect } from 'chai';
import { inspect } from 'node:util';
import type { Collection } from '../../../src/informers/collection/index.ts';
import { debug } from '../../../src/projections/graph/debug.ts';
import { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { flatMap } from '../../../src/projections/operators/flat-map.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { tap } from '../../../src/projections/operators/tap.ts';
import { FakeInformer, fakeInformer, track } from '../../../src/testing/informers/index.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { VIEW } from '../view-rig.ts';

const viewOf = (collection: Collection<unknown>): MaterializedView => {
  const view = new MaterializedView(collection, { ...VIEW, namespaced: false });
  view.start();
  return view;
};

describe('debug()', () => {
  it('shows each collection once, in order of height, with its size and its work', () => {
    const source = fakeInformer(value('a', 1), value('b', 2));
    const positive = source.pipe(filter(({ n }) => n > 1));
    const mapped = positive.pipe(map((v) => v));
    track(mapped);
    track(positive);
    source.modify(value('a', 3));
    expect(String(debug(mapped, positive))).to.equal(
      [
        '#1 fake: height 0, 2 objects, 1 subscriber, 3 deltas in 2 batches',
        '#2 fake | filter <- #1: height 1, 2 objects, 2 subscribers, 2 deltas in 2 batches',
        '#3 fake | filter | map <- #2: height 2, 2 objects, 1 subscriber, 2 deltas in 2 batches',
      ].join('\n'),
    );
  });

  it('is printed by console.log as its text', () => {
    const graph = debug(fakeInformer(value('a', 1)).pipe(map((v) => v)));
    expect(inspect(graph))
      .to.equal(String(graph))
      .and.to.match(/^#1 fake: height 0/);
  });

  it('shows the scheme of a view and the reason for it', () => {
    const source = fakeInformer(value('a', 1));
    const own = source.pipe(
      filter(() => true),
      flatMap((v) => [v]),
      filter(() => true),
    );
    const polled = new FakeInformer<Value>({ name: 'polled', versions: 'none', objects: [value('a', 1)] });
    const views = debug(viewOf(source.pipe(map((v) => v))), viewOf(own), viewOf(polled.pipe(map((v) => v)))).views;
    expect(views.map(({ scheme, reason, rows }) => [scheme, reason, rows])).to.deep.equal([
      ['upstream', 'each row is made of one object of fake', 1],
      ['local', 'rows of "fake | filter | flatMap" are not made of one object each', 1],
      ['local', 'polled has no versions that compare', 1],
    ]);
  });

  it('shows collections that are not synced or have errors', () => {
    const source = fakeInformer(value('a', 1));
    const broken = source.pipe(map((): string => expect.fail('no')));
    track(broken);
    source.gone();
    expect(String(debug(broken))).to.match(/#2 fake \| map <- #1: height 1, 0 objects, .*, not synced$/);
    source.replace(value('a', 1));
    expect(debug(broken).nodes[1]).to.include({ errors: 1, objects: 0, synced: true });
  });

  it('shows a collection that does not run with the input it would have', () => {
    const nodes = debug(fakeInformer(value('a', 1)).pipe(map((v) => v))).nodes;
    expect(nodes.map(({ name, inputs, objects }) => [name, inputs, objects])).to.deep.equal([
      ['fake', [], 1],
      ['fake | map', [1], 0],
    ]);
  });

  it('shows the failure of the step that failed, and the message of a source', () => {
    const source = fakeInformer(value('a', 1));
    const broken = source.pipe(
      tap(() => expect.fail('no luck')),
      map((v) => v),
    );
    track(broken);
    source.goSilent('the connection is lost');
    const graph = debug(broken);
    expect(graph.nodes.map(({ failure }) => failure)).to.deep.equal([
      undefined,
      'fake | tap: an operator failed: no luck',
      undefined,
    ]);
    expect(graph.nodes.map((node) => node.source?.message)).to.deep.equal([
      'the connection is lost',
      undefined,
      undefined,
    ]);
    expect(String(graph)).to.match(/^#1 fake: .*, the connection is lost\n#2 .* no luck\n#3 .*, not synced$/);
  });

  it('names sources by the plural of their kind', () => {
    const nodes = debug(
      ...['Pod', 'Ingress', 'NetworkPolicy', 'Endpoints', 'Gateway', 'StorageClass'].map((kind) =>
        fakeInformer({ kind, metadata: { name: 'a' } }),
      ),
    ).nodes;
    expect(nodes.map(({ name }) => name)).to.deep.equal([
      'pods',
      'ingresses',
      'networkpolicies',
      'endpoints',
      'gateways',
      'storageclasses',
    ]);
  });

  it('draws the same graph as Mermaid, whatever characters the names contain', () => {
    const source = new FakeInformer({ name: 'a "b" <c>', objects: [value('a', 1)] });
    const view = viewOf(source.pipe(map((v) => v)));
    expect(debug(view).mermaid()).to.equal(
      [
        'flowchart TD',
        '  n1["a &quot;b&quot; &lt;c><br/>1 object<br/>1 subscriber<br/>1 delta in 1 batch"]',
        '  n2["a &quot;b&quot; &lt;c> &#124; map<br/>1 object<br/>1 subscriber<br/>1 delta in 1 batch"]',
        '  n1 --> n2',
        '  v1(["Row.example.com<br/>scheme upstream<br/>1 row"])',
        '  n2 --> v1',
      ].join('\n'),
    );
  });
});

import { expect } from 'chai';
import * as rx from 'rxjs';
import { operatorOf } from '../../src/informers/collection/lineage.ts';
import { nodeOf } from '../../src/informers/collection/collection-node.ts';
import type { Change, Delta, DeltaBatch, DeltaOperator, DerivedBatch } from '../../src/informers/collection/index.ts';
import { debug } from '../../src/projections/graph/debug.ts';
import { NotRowWiseError } from '../../src/informers/collection/errors.ts';
import { rowWise } from '../../src/projections/row-wise.ts';
import { map } from '../../src/projections/operators/map.ts';
import { resource } from '../../src/server/index.ts';
import { FakeInformer, fakeInformer, track } from '../../src/testing/informers/index.ts';
import { testServer } from '../../src/testing/projections/index.ts';
import { type Value, value } from '../conformance/observed-source.ts';
import { checked, rowWiseSuite } from './operators/row-wise.suite.ts';

const STEP = { name: 'double', text: '2 * n' };

/** An operator that turns each delta into one change. */
const eachDelta = <R>(change: (delta: Delta<Value>) => Change<R>): DeltaOperator<Value, R> =>
  rx.map((batch) => batch.derive(batch.changes.map(change)));

const double = (text = STEP.text): DeltaOperator<Value, Value> =>
  rowWise(
    eachDelta(({ type, key, object }) => {
      if (type === 'DELETED') return { type: 'REMOVE', key };
      try {
        return { type: 'PUT', key, object: { ...object, n: 2 * checked(object.n) } };
      } catch (error) {
        return { type: 'FAIL', key, error };
      }
    }),
    { name: 'double', text },
  );

rowWiseSuite({ name: 'double', operator: double(), shows: (n) => 2 * checked(n), present: [1, 2], absent: undefined });

describe('rowWise()', () => {
  const errorsOf = (rows: { readonly errors: ReadonlyMap<string, { readonly message: string }> }) =>
    Array.from(rows.errors, ([key, { message }]) => [key, message.replace(/^.*: (?=double)/, '')]);

  describe('served', () => {
    const serverOf = (source: FakeInformer<Value>, text?: string) => {
      const rows = source.pipe(
        double(text),
        map((row) => row),
      );
      return testServer({ resources: [resource({ kind: 'Double', plural: 'doubles', namespaced: false }, rows)] });
    };
    const PATH = '/apis/example.com/v1/doubles';
    interface List {
      readonly metadata: { readonly resourceVersion: string };
      readonly items: readonly { readonly n: number }[];
    }
    const sourceOf = () => fakeInformer(value('a', 1), value('b', 2));

    it('has resourceVersions of scheme upstream, which every replica honours', async () => {
      const source = sourceOf();
      await using first = serverOf(source);
      await using second = serverOf(source);
      const list = await first.json<List>(PATH);
      expect(list.items.map(({ n }) => n)).to.deep.equal([2, 4]);
      source.modify(value('a', 5));
      for await (const { type, object } of second.watch<{ readonly n: number }>(
        `${PATH}?watch=1&resourceVersion=${list.metadata.resourceVersion}`,
      )) {
        expect([type, object.n]).to.deep.equal(['MODIFIED', 10]);
        break;
      }
      expect((await first.json<List>(PATH)).metadata).to.deep.equal((await second.json<List>(PATH)).metadata);
    });

    it('does not honour resourceVersions of another text', async () => {
      const source = sourceOf();
      await using first = serverOf(source);
      await using second = serverOf(source, 'another text');
      const { metadata } = await first.json<List>(PATH);
      const events = second.watch<{ readonly code: number }>(
        `${PATH}?watch=1&resourceVersion=${metadata.resourceVersion}`,
      );
      const { value: event } = await events.next();
      expect(event).to.have.nested.property('object.code', 410);
    });

    it('is shown by debug() with its name', () => {
      const rows = sourceOf().pipe(double());
      expect(debug(rows).nodes.map(({ name }) => name)).to.deep.equal(['fake', 'fake | double']);
      expect(nodeOf(rows).lineage?.steps).to.deep.equal([{ operator: 'double', text: '2 * n' }]);
    });
  });

  describe('reports as the error of a row', () => {
    const rowsOf = (source: FakeInformer<Value>, change: (delta: Delta<Value>) => Change<unknown>) => {
      const rows = source.pipe(rowWise(eachDelta(change), STEP));
      track(rows);
      return rows;
    };

    it('a row under a key that did not change', () => {
      const source = fakeInformer(value('a', 1), value('b', 1));
      const rows = rowsOf(source, ({ key, object }) =>
        object.n === 1 ? { type: 'PUT', key, object } : { type: 'PUT', key: 'b', object: value('b', object.n) },
      );
      source.modify(value('a', 2));
      expect(errorsOf(rows)).to.deep.equal([
        ['b', 'double is declared with rowWise(), but it made the row b although no object of this key changed'],
      ]);
      expect(rows.get('b')).to.equal(undefined);
      source.modify(value('b', 1));
      expect(errorsOf(rows)).to.deep.equal([]);
    });

    it('a row whose object was deleted', () => {
      const source = fakeInformer(value('a', 1));
      const rows = rowsOf(source, ({ key, object }) => ({ type: 'PUT', key, object }));
      source.delete('a');
      expect(errorsOf(rows)).to.deep.equal([
        ['a', 'double is declared with rowWise(), but it made the row a although the object of this key was deleted'],
      ]);
      expect(rows.list()).to.deep.equal([]);
    });

    it('a row whose metadata has another key', () => {
      const rows = rowsOf(fakeInformer(value('a', 1)), ({ key }) => ({ type: 'PUT', key, object: value('b', 1) }));
      expect(errorsOf(rows)).to.have.length(1);
      expect(rows.errors.get('a')?.message).to.contain('the projection moved the row a to b');
    });

    it('the removal of a row whose object did not change, but not of a row that cannot exist', () => {
      const source = fakeInformer(value('a', 1), value('b', 1));
      const rows = rowsOf(source, ({ key, object }) => {
        if (object.n === 1) return { type: 'PUT', key, object };
        return { type: 'REMOVE', key: object.n === 2 ? 'b' : 'c' };
      });
      source.modify(value('a', 3));
      expect(errorsOf(rows)).to.deep.equal([]);
      source.modify(value('a', 2));
      expect(errorsOf(rows)).to.deep.equal([
        ['b', 'double is declared with rowWise(), but it removed the row of b, which did not change'],
      ]);
    });
  });

  describe('ends the pipeline of an operator', () => {
    const failureOf = (operator: DeltaOperator<Value, Value>, write = (_source: FakeInformer<Value>): void => {}) => {
      const source = fakeInformer(value('a', 1));
      const rows = source.pipe(rowWise(operator, STEP));
      track(rows);
      write(source);
      return nodeOf(rows).failure;
    };
    const passOn = eachDelta<Value>(({ key, object }) => ({ type: 'PUT', key, object }));

    it('that does not emit when it receives a batch', () => {
      const failure = failureOf(rx.pipe(rx.skip(1), passOn));
      expect(failure?.message).to.match(/rowWise\(\), but it did not emit a batch when it received one$/);
      expect(failure?.cause).to.be.instanceOf(NotRowWiseError);
    });

    it('that emits without a batch', () => {
      let emit = (): void => expect.fail();
      const operator: DeltaOperator<Value, Value> = (source$) =>
        new rx.Observable<DerivedBatch<Value>>((subscriber) => {
          const next = (batch: DeltaBatch<Value>): void => subscriber.next(batch.derive([]));
          return source$.subscribe((batch) => {
            emit = () => next(batch);
            next(batch);
          });
        });
      expect(failureOf(operator, () => emit())?.message).to.contain('it emitted a batch when it had not received one');
    });

    it('that subscribes to another collection', () => {
      const others = new FakeInformer({ name: 'others', objects: [value('b', 1)] });
      const operator: DeltaOperator<Value, Value> = (source$) => rx.merge(source$, others.deltas$).pipe(passOn);
      expect(failureOf(operator)?.message).to.contain(
        'double is declared with rowWise(), but it subscribes to others too',
      );
    });

    it('that fails or completes', () => {
      const fails = rx.map((): DerivedBatch<Value> => expect.fail('no luck'));
      expect(failureOf(fails)?.message).to.contain('an operator failed: no luck');
      expect(failureOf(rx.pipe(passOn, rx.take(1)))?.message).to.contain('completed');
    });

    it('that emits something else than a derived batch', () => {
      const strange = rx.map(() => 1) as unknown as DeltaOperator<Value, Value>;
      expect(failureOf(strange)?.message).to.contain('an operator must return batch.derive');
    });
  });

  it('can be applied to several collections at the same time', () => {
    const operator = double();
    const [one, two] = [fakeInformer(value('a', 1)), fakeInformer(value('b', 2))];
    const events = [one, two].map((source) => track(source.pipe(operator), ({ n }) => n));
    one.modify(value('a', 3));
    events[0]?.expect('ADDED a 2', 'MODIFIED a 6');
    events[1]?.expect('ADDED b 4');
    expect(operatorOf(nodeOf(one.pipe(operator)).lineage?.steps[0] ?? expect.fail())).to.equal(operator);
  });

  it('throws for arguments that are missing', () => {
    for (const [operator, options] of [
      [undefined, STEP],
      [rx.identity, { ...STEP, name: '' }],
      [rx.identity, { ...STEP, text: undefined }],
    ]) {
      expect(() => rowWise(operator as never, options as never)).to.throw(TypeError, 'rowWise needs ');
    }
  });
});

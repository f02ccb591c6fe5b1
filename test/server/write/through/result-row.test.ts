import { expect } from 'chai';
import type { Collection } from '../../../../src/informers/collection/collection.ts';
import type { V1Pod } from '../../../../src/informers/wire-type.ts';
import { coalesce, map } from '../../../../src/projections/index.ts';
import { MaterializedView } from '../../../../src/projections/materialized-view.ts';
import { showsWrite, type SourceWrite, waitUntil } from '../../../../src/server/write/through/result-row.ts';
import { type SourceTarget, sourceTarget } from '../../../../src/server/write/through/source-object.ts';
import { FakeClock, FakeInformer, pod } from '../../../../src/testing/informers/index.ts';

const KEY = 'shop/web';
const page = ({ metadata, spec }: V1Pod) => ({
  metadata: { name: metadata?.name, namespace: metadata?.namespace },
  node: spec?.nodeName,
});

describe('showsWrite()', () => {
  const end = new AbortController();
  after(() => end.abort());

  const viewOf = (rows: Collection<unknown>): MaterializedView => {
    const view = new MaterializedView(rows, {
      group: 'example.com',
      version: 'v1',
      kind: 'Page',
      namespaced: true,
      definition: '',
    });
    view.start();
    end.signal.addEventListener('abort', () => view.stop());
    return view;
  };
  const targetOf = (view: MaterializedView): SourceTarget => {
    const target = sourceTarget(view.collection, KEY, undefined);
    if (target === undefined) throw new Error('there is no target');
    return target;
  };
  const written = (version: number): SourceWrite => ({ type: 'written', version });
  const at = (version: number, fields: object = {}): V1Pod => {
    const object = pod(KEY, { node: `n${version}`, ...fields });
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  };

  for (const versions of ['unique', 'none'] as const) {
    describe(`of a source with versions ${versions}`, () => {
      let pods: FakeInformer<V1Pod>;
      let view: MaterializedView;
      let target: SourceTarget;

      beforeEach(() => {
        pods = new FakeInformer<V1Pod>({ objects: [at(10)], versions });
        view = viewOf(pods.pipe(map(page)));
        target = targetOf(view);
      });

      const seen = (write: SourceWrite): boolean => showsWrite({ view, key: KEY }, target, write);

      it('is true of what changed nothing, false of what has not come', () => {
        expect(seen(written(10))).to.equal(true);
        expect(seen(written(12))).to.equal(false);
      });

      it('is true with the event of the write, or one after it', () => {
        pods.modify(at(11));
        expect(seen(written(12))).to.equal(false);
        pods.modify(at(12));
        expect(seen(written(12))).to.equal(true);
        pods.modify(at(15));
        expect(seen(written(12))).to.equal(true);
      });

      it('is true when the object was deleted after the write', () => {
        pods.modify(at(20));
        pods.delete(KEY);
        expect(seen(written(12))).to.equal(true);
      });

      it('is true of a deletion when the object has gone, or another one is there', () => {
        const gone: SourceWrite = { type: 'deleted', version: undefined };
        expect(seen(gone)).to.equal(false);
        pods.modify(at(12));
        expect(seen(gone)).to.equal(false);
        pods.delete(KEY);
        expect(seen(gone)).to.equal(true);
        pods.add({ ...at(30), metadata: { ...at(30).metadata, uid: 'another' } });
        expect(seen(gone)).to.equal(true);
      });

      it('is false of a deletion that is answered with the object of before', () => {
        expect(seen({ type: 'deleted', version: 10 })).to.equal(false);
        pods.modify(at(12));
        expect(seen({ type: 'deleted', version: 12 })).to.equal(true);
      });
    });
  }

  it('waits for rows that are held back', async () => {
    const clock = new FakeClock();
    const pods = new FakeInformer<V1Pod>({ objects: [at(10)] });
    const view = viewOf(pods.pipe(coalesce(1000, { clock }), map(page)));
    clock.advance(1000);
    pods.modify(at(11));
    const target = targetOf(view);
    expect(target.version).to.equal('11');
    pods.modify(at(12));
    const holds = (): boolean => showsWrite({ view, key: KEY }, target, written(12));
    expect(holds()).to.equal(false);
    const isSeen = waitUntil(
      holds,
      { view, source: pods as never },
      { clock: new FakeClock(), signal: new AbortController().signal },
    );
    clock.advance(1000);
    expect(await isSeen).to.equal(true);
    expect(view.get(KEY)?.object['node']).to.equal('n12');
  });

  it('is not waited for when the client has gone, and nothing is left behind', async () => {
    const pods = new FakeInformer<V1Pod>({ objects: [at(10)] });
    const view = viewOf(pods.pipe(map(page)));
    const left = new AbortController();
    let cancelled = 0;
    const clock = { now: () => 0, schedule: () => () => void (cancelled += 1) };
    const isSeen = waitUntil(() => false, { view, source: pods as never }, { clock, signal: left.signal });
    left.abort();
    expect(await isSeen).to.equal(false);
    expect(cancelled).to.equal(1);
  });
});

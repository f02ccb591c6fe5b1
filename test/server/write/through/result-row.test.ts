import { expect } from 'chai';
import type { Collection } from '../../../../src/informers/collection/collection.ts';
import type { V1Pod } from '../../../../src/informers/wire-type.ts';
import { coalesce, map } from '../../../../src/projections/index.ts';
import { MaterializedView } from '../../../../src/projections/materialized-view.ts';
import { showsWrite, type SourceWrite, waitUntil } from '../../../../src/server/write/through/result-row.ts';
import { type SourceTarget, sourceTarget } from '../../../../src/server/write/through/source-object.ts';
import { FakeClock, FakeInformer, pod } from '../../../../src/testing/informers/index.ts';
import { ScriptedSource, thing } from '../../../projections/scripted-source.ts';

const KEY = 'shop/web';
/** Revisions, microseconds, and neighbours that JavaScript reads as one number. */
const BASES = [0n, 1_764_512_345_678_900n, 2n ** 53n, 2n ** 63n];
const page = ({ metadata, spec }: V1Pod) => ({
  metadata: { name: metadata?.name, namespace: metadata?.namespace },
  node: spec?.nodeName,
});

describe('the row after a write', () => {
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
    if (target === undefined) throw new Error('the target is missing');
    return target;
  };
  const written = (version: number, base = 0n): SourceWrite => ({
    type: 'written',
    version: String(base + BigInt(version)),
  });
  const at = (version: number, base = 0n): V1Pod => {
    const object = pod(KEY, { node: `n${version}` });
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(base + BigInt(version)) } };
  };

  for (const [versions, base] of BASES.flatMap((one) => [['unique', one] as const, ['none', one] as const])) {
    describe(`showsWrite() for a source with versions ${versions} above ${base}`, () => {
      let pods: FakeInformer<V1Pod>;
      let view: MaterializedView;
      let target: SourceTarget;

      beforeEach(() => {
        pods = new FakeInformer<V1Pod>({ objects: [at(10, base)], versions });
        view = viewOf(pods.pipe(map(page)));
        target = targetOf(view);
      });

      const isShown = (write: SourceWrite): boolean => showsWrite({ view, key: KEY }, target, write);

      it('is true for a write without a change, and false before its event', () => {
        expect(isShown(written(10, base))).to.equal(true);
        expect(isShown(written(12, base))).to.equal(false);
      });

      it('is true after the event of the write or a later event', () => {
        pods.modify(at(11, base));
        expect(isShown(written(12, base))).to.equal(false);
        pods.modify(at(12, base));
        expect(isShown(written(12, base))).to.equal(true);
        pods.modify(at(15, base));
        expect(isShown(written(12, base))).to.equal(true);
      });

      it('is true when the object was deleted after the write', () => {
        pods.modify(at(20, base));
        pods.delete(KEY);
        expect(isShown(written(12, base))).to.equal(true);
      });

      it('is true for a delete when the object is gone or has been recreated', () => {
        const deleted: SourceWrite = { type: 'deleted', version: undefined };
        expect(isShown(deleted)).to.equal(false);
        pods.modify(at(12, base));
        expect(isShown(deleted)).to.equal(false);
        pods.delete(KEY);
        expect(isShown(deleted)).to.equal(true);
        pods.add({ ...at(30), metadata: { ...at(30).metadata, uid: 'another' } });
        expect(isShown(deleted)).to.equal(true);
      });

      it('is false for a delete whose response contains the state before it', () => {
        expect(isShown({ type: 'deleted', version: String(base + 10n) })).to.equal(false);
        pods.modify(at(12, base));
        expect(isShown({ type: 'deleted', version: String(base + 12n) })).to.equal(true);
      });
    });
  }

  it('is shown for a source with opaque versions after the object has another version', () => {
    const source = ScriptedSource.at('abc', thing(KEY, 'abc', 1));
    const view = viewOf(source.pipe(map(({ metadata, n }) => ({ metadata: { ...metadata, uid: undefined }, n }))));
    const target = targetOf(view);
    expect(target.version).to.equal('abc');
    const isShown = (write: SourceWrite): boolean => showsWrite({ view, key: KEY }, target, write);
    expect(isShown({ type: 'written', version: 'abc' })).to.equal(true);
    expect([isShown({ type: 'written', version: 'aaa' }), isShown({ type: 'deleted', version: 'aaa' })]).to.deep.equal([
      false,
      false,
    ]);
    source.put(KEY, 'aaa', 2);
    expect([isShown({ type: 'written', version: 'aaa' }), isShown({ type: 'deleted', version: 'aaa' })]).to.deep.equal([
      true,
      true,
    ]);
    source.put(KEY, 'zzz', 3);
    expect(isShown({ type: 'written', version: 'aaa' })).to.equal(true);
    source.delete(KEY, 'yyy');
    expect([
      isShown({ type: 'written', version: 'aaa' }),
      isShown({ type: 'deleted', version: undefined }),
    ]).to.deep.equal([true, true]);
  });

  describe('waitUntil()', () => {
    it('waits for an operator that delays rows', async () => {
      const clock = new FakeClock();
      const pods = new FakeInformer<V1Pod>({ objects: [at(10)] });
      const view = viewOf(pods.pipe(coalesce(1000, { clock }), map(page)));
      clock.advance(1000);
      pods.modify(at(11));
      const target = targetOf(view);
      expect(target.version).to.equal('11');
      pods.modify(at(12));
      const isShown = (): boolean => showsWrite({ view, key: KEY }, target, written(12));
      expect(isShown()).to.equal(false);
      const waiting = waitUntil(
        isShown,
        { view, source: pods as never },
        { clock: new FakeClock(), signal: new AbortController().signal },
      );
      clock.advance(1000);
      expect(await waiting).to.equal(true);
      expect(view.get(KEY)?.object['node']).to.equal('n12');
    });

    it('returns false without a leak when the client disconnects', async () => {
      const pods = new FakeInformer<V1Pod>({ objects: [at(10)] });
      const view = viewOf(pods.pipe(map(page)));
      const disconnect = new AbortController();
      let cancelled = 0;
      const clock = { now: () => 0, schedule: () => () => void (cancelled += 1) };
      const waiting = waitUntil(() => false, { view, source: pods as never }, { clock, signal: disconnect.signal });
      disconnect.abort();
      expect(await waiting).to.equal(false);
      expect(cancelled).to.equal(1);
    });
  });
});

import { expect } from 'chai';
import { FakeInformer, fakeInformer } from '../../../src/testing/informers/fake-informer.ts';
import { node, pod } from '../../../src/testing/informers/objects.ts';
import { track } from '../../../src/testing/informers/tracker.ts';
import type { V1Node, V1Pod } from '../../../src/informers/wire-type.ts';

describe('fakeInformer()', () => {
  it('has synced and can be read without subscribers', () => {
    const pods = fakeInformer(pod('shop/web'), pod('shop/db'));
    expect(pods.hasSynced).to.equal(true);
    expect(pods.size).to.equal(2);
    expect(pods.get('shop/web')?.kind).to.equal('Pod');
    expect(pods.name).to.equal('pods');
  });

  it('delivers each write to the subscribers before the write returns', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
    const events = track(pods, (each) => each.spec?.nodeName);
    events.expect('ADDED shop/web n1');
    pods.add(pod('shop/db'));
    events.expect('ADDED shop/db');
    pods.modify(pod('shop/db', { node: 'n2' }));
    events.expect('MODIFIED shop/db n2');
    pods.delete('shop/web');
    events.expect('DELETED shop/web n1');
    pods.delete(pod('shop/db', { node: 'n2' }));
    events.expect('DELETED shop/db n2');
  });

  it('gives each write a higher version and moves the frontier, and keeps the uid of an object', () => {
    const pods = fakeInformer<V1Pod>();
    pods.add(pod('a/a'));
    const first = pods.get('a/a');
    pods.modify(pod('a/a', { node: 'n1' }));
    const second = pods.get('a/a');
    expect(Number(second?.metadata?.resourceVersion)).to.be.greaterThan(Number(first?.metadata?.resourceVersion));
    expect(second?.metadata?.uid)
      .to.equal(first?.metadata?.uid)
      .and.match(/^[0-9a-f-]{36}$/);
    expect(pods.frontier).to.equal(second?.metadata?.resourceVersion);
    pods.delete('a/a');
    expect(pods.frontier).to.equal(String(Number(second?.metadata?.resourceVersion) + 1));
  });

  it('gives a new version to an object that is written back with its old version', () => {
    const pods = fakeInformer(pod('a/a'));
    const read = pods.get('a/a')!;
    pods.modify({ ...read, status: { phase: 'Failed' } });
    expect(Number(pods.get('a/a')?.metadata?.resourceVersion)).to.be.greaterThan(
      Number(read.metadata?.resourceVersion),
    );
  });

  it('keeps the version and the uid of the given object', () => {
    const pods = fakeInformer(pod('a/a', { uid: 'u', resourceVersion: '77' }));
    expect(pods.get('a/a')?.metadata).to.include({ uid: 'u', resourceVersion: '77' });
    expect(pods.frontier).to.equal('77');
    pods.add(pod('a/b', { resourceVersion: '90' }));
    expect(pods.frontier).to.equal('90');
  });

  it('freezes its own copies and leaves the given objects unchanged', () => {
    const original = pod('a/a');
    const pods = fakeInformer(original);
    expect(() => Object.assign(pods.get('a/a')?.spec ?? {}, { nodeName: 'n1' })).to.throw(TypeError);
    Object.assign(original.spec ?? {}, { nodeName: 'n2' });
    expect(original.spec?.nodeName).to.equal('n2');
    expect(pods.get('a/a')?.spec?.nodeName).to.equal(undefined);
  });

  it('refuses to add an object twice, and to modify or delete an unknown object', () => {
    const nodes = fakeInformer(node('n1'));
    expect(() => nodes.add(node('n1'))).to.throw('n1 exists already');
    expect(() => nodes.modify(node('n2'))).to.throw('there is no object n2');
    expect(() => nodes.delete('n2')).to.throw('there is no object n2');
  });

  it('delivers a replacement as a relist: one batch with the difference', () => {
    const pods = fakeInformer(pod('a/a'), pod('a/b'), pod('a/c'));
    const events = track(pods, (each) => each.spec?.nodeName);
    events.clear();
    pods.replace(pod('a/a'), pod('a/b', { node: 'n1' }), pod('a/d'));
    events.expect('MODIFIED a/b n1', 'DELETED a/c', 'ADDED a/d');
    expect(events.takeCauses()).to.deep.equal(['RELIST']);
    pods.relist();
    events.expect();
    expect(events.takeCauses()).to.deep.equal(['RELIST']);
  });

  it('moves the frontier at a bookmark without a batch', () => {
    const pods = fakeInformer(pod('a/a'));
    const events = track(pods);
    events.clear();
    const before = Number(pods.frontier);
    pods.bookmark();
    expect(pods.frontier).to.equal(String(before + 1));
    pods.bookmark(500);
    expect(pods.frontier).to.equal('500');
    expect(events.takeCauses()).to.deep.equal([]);
    pods.add(pod('a/b'));
    expect(pods.get('a/b')?.metadata?.resourceVersion).to.equal('501');
  });

  it('is unsynced until sync() with the option notSynced', () => {
    const pods = new FakeInformer<V1Pod>({ objects: [pod('a/a')], notSynced: true });
    const events = track(pods);
    pods.add(pod('a/b'));
    expect(pods.hasSynced).to.equal(false);
    expect(pods.sources()[0]).to.include({ ready: false, hasSynced: false });
    events.expect();
    pods.sync();
    events.expect('ADDED a/a', 'ADDED a/b');
    expect(pods.sources()[0]).to.include({ ready: true, hasSynced: true, message: undefined });
  });

  it('has no lineage if its versions repeat or do not exist', () => {
    expect(new FakeInformer<V1Node>({ versions: 'none' }).lineage).to.equal(undefined);
    expect(new FakeInformer<V1Node>({ versions: 'repeated' }).lineage).to.equal(undefined);
    expect(new FakeInformer<V1Node>().lineage?.source.name).to.equal('fake');
  });

  it('reports silence until the next write', () => {
    const pods = fakeInformer(pod('a/a'));
    pods.goSilent();
    expect(pods.sources()[0]?.message).to.match(/nothing has been heard/);
    expect(pods.sources()[0]?.ready).to.equal(true);
    pods.bookmark();
    expect(pods.sources()[0]?.message).to.equal(undefined);
  });

  it('removes its objects when the resource is gone, and can be restored', () => {
    const pods = fakeInformer(pod('a/a'));
    const events = track(pods);
    pods.gone();
    events.expect('ADDED a/a', 'DELETED a/a');
    expect(pods.hasSynced).to.equal(false);
    pods.replace(pod('a/z'));
    expect(pods.hasSynced).to.equal(true);
    events.expect('ADDED a/z');
  });
});

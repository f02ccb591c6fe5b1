import { expect } from 'chai';
import {
  SourceCollection,
  type SourceEvent,
  type SourceObject,
} from '../../../src/informers/collection/source-collection.ts';
import type { Cause } from '../../../src/informers/collection/index.ts';
import type { SourceStatus } from '../../../src/informers/collection/source-status.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { track } from '../../../src/testing/informers/index.ts';

/** A source that the test writes to directly. */
class BareSource extends SourceCollection<SourceObject> {
  constructor() {
    super('things', 'unique');
  }
  list_(version: number | undefined, ...objects: SourceObject[]): void {
    this.replaceAll(objects, version?.toString());
  }
  event(event: SourceEvent<SourceObject>): void {
    this.applyEvent(event);
  }
  bookmark(version: number): void {
    this.advance(String(version));
  }
  gone(): void {
    this.removeAll();
  }
  forgetAll(): void {
    this.forget();
  }
  override sources(): SourceStatus[] {
    return [];
  }
  protected override readonly readable: boolean = true;
  protected override start(): void {
    // the test writes
  }
  protected override stop(): void {
    // the test writes
  }
}

const thing = (name: string, resourceVersion: string, uid = `uid-${name}`): SourceObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, uid, resourceVersion },
});

describe('SourceCollection', () => {
  it('increases the frontier with lists, events and bookmarks, and never decreases it', () => {
    const source = new BareSource();
    expect(source.frontier).to.equal(undefined);
    source.list_(10, thing('a', '5'));
    expect(source.frontier).to.equal('10');
    source.event({ type: 'MODIFIED', object: thing('a', '12'), version: '12' });
    expect(source.frontier).to.equal('12');
    source.bookmark(15);
    source.bookmark(14);
    source.event({ type: 'ADDED', object: thing('b', '11'), version: '11' });
    expect(source.frontier).to.equal('15');
    source.list_(undefined);
    expect(source.frontier).to.equal('15');
  });

  it('rejects a state that is older than the frontier, and keeps its own', () => {
    const source = new BareSource();
    source.list_(10, thing('a', '5'));
    const events = track(source);
    events.clear();
    expect(() => source.list_(9, thing('b', '6'))).to.throw(
      RangeError,
      'things: the state at version 9 is older than 10',
    );
    events.expect();
    expect(source.list()).to.have.length(1);
  });

  it('keeps the frontier when it removes its objects', () => {
    const source = new BareSource();
    source.list_(10, thing('a', '5'));
    source.forgetAll();
    expect([source.hasSynced, source.size, source.frontier]).to.deep.equal([false, 0, '10']);
    const events = track(source);
    source.list_(11, thing('a', '5'));
    events.expect('ADDED a');
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT']);
  });

  it('returns version, uid, apiVersion, kind and metadata of its objects', () => {
    const source = new BareSource();
    source.list_(10, thing('a', '5'), thing('b', 'opaque'), thing('d', ''));
    expect(source.stampOf('a')).to.deep.equal({
      version: '5',
      uid: 'uid-a',
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: source.get('a')?.metadata,
    });
    expect(source.stampOf('b')?.version).to.equal('opaque');
    expect(source.stampOf('d')?.version).to.equal(undefined);
    expect(source.stampOf('c')).to.equal(undefined);
  });

  it('calls listeners at the end of a tick, after all subscribers, also for bookmarks and events without changes', () => {
    const source = new BareSource();
    const order: string[] = [];
    source.list_(1);
    const stop = source.onSettled(() => order.push(`settled ${source.frontier}`));
    source.deltas$.subscribe((batch) => order.push(batch.cause.type));
    source.event({ type: 'ADDED', object: thing('a', '2'), version: '2' });
    source.event({ type: 'DELETED', object: thing('b', '3'), version: '3' });
    source.bookmark(4);
    stop();
    source.bookmark(5);
    expect(order).to.deep.equal(['SNAPSHOT', 'EVENT', 'settled 2', 'settled 3', 'settled 4']);
  });

  it('calls all listeners at the end of a tick, also if one of them throws', () => {
    const source = new BareSource();
    const called: string[] = [];
    source.onSettled(() => {
      called.push('first');
      throw new Error('first failed');
    });
    source.onSettled(() => called.push('second'));
    expect(() => source.bookmark(1)).to.throw('first failed');
    expect(called).to.deep.equal(['first', 'second']);
  });

  it('emits the keys of objects that were replaced without a DELETED', () => {
    const source = new BareSource();
    const causes: Cause[] = [];
    source
      .pipe(map(({ metadata }) => ({ name: metadata?.name ?? '' })))
      .deltas$.subscribe(({ cause }) => causes.push(cause));
    source.list_(1, thing('a', '1'), thing('b', '1'));
    source.list_(2, thing('a', '2', 'another'), thing('b', '2'));
    source.event({ type: 'MODIFIED', object: thing('b', '3', 'another'), version: '3' });
    source.event({ type: 'MODIFIED', object: thing('b', '4', 'another'), version: '4' });
    expect(causes).to.deep.equal([
      { type: 'SNAPSHOT' },
      { type: 'RELIST', from: '1', version: '2', recreated: ['a'], updated: ['a', 'b'] },
      { type: 'EVENT', version: '3', recreated: ['b'] },
    ]);
  });

  it('emits a complete snapshot first, also if events came before the first list', () => {
    const source = new BareSource();
    source.event({ type: 'ADDED', object: thing('a', '1'), version: '1' });
    const events = track(source.pipe(map((object) => object)));
    events.expect();
    source.list_(2, thing('a', '1'), thing('b', '2'));
    events.expect('ADDED a', 'ADDED b');
  });

  it('emits no GONE before its first list', () => {
    const source = new BareSource();
    const events = track(source);
    source.gone();
    expect(events.takeCauses()).to.deep.equal([]);
  });

  it('stores an object for which an index fails, and throws the error to the writer', () => {
    const source = new BareSource();
    source.list_(1);
    source.addIndex('size', () => {
      throw new Error('no size');
    });
    const events = track(source);
    expect(() => source.event({ type: 'ADDED', object: thing('a', '2'), version: '2' })).to.throw(
      'things: the index "size" does not contain an object, because its function failed: no size',
    );
    events.expect('ADDED a');
    expect([source.frontier, source.size]).to.deep.equal(['2', 1]);
  });
});

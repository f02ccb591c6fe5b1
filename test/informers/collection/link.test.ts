import { expect } from 'chai';
import type { Subscription } from 'rxjs';
import {
  asNode,
  connectingNode,
  type LinkableNode,
  type NodeInput,
  outsideNodes,
} from '../../../src/informers/collection/link.ts';
import { scheduler } from '../../../src/informers/collection/scheduler.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { ObservedSource, value } from '../../conformance/observed-source.ts';

/** A node that does nothing but count. */
class CountingNode implements LinkableNode {
  readonly inputs = new Set<NodeInput>();
  readonly seen: string[] = [];
  height = 1;
  run(): void {
    for (const input of this.inputs) this.seen.push(input.flow()?.type ?? 'nothing');
  }
  attach(input: NodeInput): void {
    this.inputs.add(input);
  }
  declare(): void {}

  detach(input: NodeInput): void {
    this.inputs.delete(input);
  }
  lift(height: number): void {
    this.height = Math.max(this.height, height);
  }
}

function linked(notSynced = false) {
  const source = new ObservedSource({ name: 'values', objects: [value('a', 1)], notSynced });
  const collection = source.pipe(map((v) => v));
  // Somebody else keeps it running.
  collection.deltas$.subscribe();
  const node = new CountingNode();
  let subscription: Subscription | undefined;
  const batches: string[] = [];
  const subscribe = (): void => {
    subscription = collection.deltas$.subscribe(({ cause, changes }) =>
      batches.push(`${cause.type} ${changes.map(({ type, key }) => `${type} ${key}`).join()}`),
    );
  };
  scheduler.write(() => asNode(node, subscribe));
  return { source, node, batches, close: () => subscription?.unsubscribe() };
}

describe('link()', () => {
  it('hands what is offered to the node when that runs, a snapshot first', () => {
    const { source, node, batches } = linked();
    source.add(value('b', 2));
    expect(node.seen).to.deep.equal(['SNAPSHOT', 'EVENT']);
    expect(batches).to.deep.equal(['SNAPSHOT ADDED a', 'EVENT ADDED b']);
  });

  it('is not primed before its input has synced', () => {
    const { source, node, batches } = linked(true);
    expect([...node.inputs].map(({ primed }) => primed)).to.deep.equal([false]);
    source.sync();
    expect([...node.inputs].map(({ primed }) => primed)).to.deep.equal([true]);
    expect(batches).to.deep.equal(['SNAPSHOT ADDED a']);
  });

  it('leaves nothing at either end when it is closed', () => {
    const { source, node, close } = linked();
    close();
    source.add(value('b', 2));
    expect([node.inputs.size, node.seen]).to.deep.equal([0, ['SNAPSHOT']]);
  });
});

describe('asNode()', () => {
  it('says which node works, until it is done or fails', () => {
    const [outer, inner] = [new CountingNode(), new CountingNode()];
    const seen: unknown[] = [];
    asNode(outer, () => {
      expect(() => asNode(inner, () => expect.fail(String(seen.push(connectingNode()))))).to.throw();
      outsideNodes(() => seen.push(connectingNode()));
      seen.push(connectingNode());
    });
    expect(seen).to.deep.equal([inner, undefined, outer]);
    expect(connectingNode()).to.equal(undefined);
  });
});

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

/** A node that records the causes that it receives. */
class RecordingNode implements LinkableNode {
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
  reportError(): void {}

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
  // Another subscriber keeps it running.
  collection.deltas$.subscribe();
  const node = new RecordingNode();
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
  it('delivers batches when the node runs, a snapshot first', () => {
    const { source, node, batches } = linked();
    source.add(value('b', 2));
    expect(node.seen).to.deep.equal(['SNAPSHOT', 'EVENT']);
    expect(batches).to.deep.equal(['SNAPSHOT ADDED a', 'EVENT ADDED b']);
  });

  it('is primed when its input has synced', () => {
    const { source, node, batches } = linked(true);
    expect([...node.inputs].map(({ primed }) => primed)).to.deep.equal([false]);
    source.sync();
    expect([...node.inputs].map(({ primed }) => primed)).to.deep.equal([true]);
    expect(batches).to.deep.equal(['SNAPSHOT ADDED a']);
  });

  it('is removed from both ends when it is closed', () => {
    const { source, node, close } = linked();
    close();
    source.add(value('b', 2));
    expect([node.inputs.size, node.seen]).to.deep.equal([0, ['SNAPSHOT']]);
  });
});

describe('asNode()', () => {
  it('sets the connecting node until the work returns or throws', () => {
    const [outer, inner] = [new RecordingNode(), new RecordingNode()];
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

/**
 * How a node of the graph is subscribed to its inputs. A subscription made while a node connects (or runs) is an input of that
 * node: what arrives waits in the link until the node runs. Any other subscription is outside the graph and is told after the tick.
 * @module
 */
import type { Subscriber } from 'rxjs';
import type { DeltaBatch } from './delta.ts';
import { scheduler, type TickNode } from './scheduler.ts';
import type { CollectionNode } from './collection-node.ts';
import type { Collection } from './collection.ts';
import type { Provenance } from './lineage.ts';

/** A node that inputs can be linked to. */
export interface LinkableNode extends TickNode {
  attach(input: NodeInput): void;
  detach(input: NodeInput): void;
  /** Takes note of where the rows of the node come from. `of` is given the collection that the node's operator is applied to. */
  declare(of: (input: Collection<unknown>) => Provenance): void;
  /** Makes the node's height no less than this, and that of all nodes above it accordingly. */
  lift(height: number): void;
}

/** The node's end of a link. */
export interface NodeInput {
  readonly upstream: CollectionNode<unknown>;
  /** Whether the snapshot has been handed over. */
  readonly primed: boolean;
  /** Hands what waits to the operator; answers the cause of the last batch, undefined when nothing waited. */
  flow(): DeltaBatch<unknown>['cause'] | undefined;
}

/** The input's end of a link. */
export interface InputLink<T> {
  /** A batch for the node; the first one must be a snapshot, and a link that has had none gets one in its place. */
  offer(batch: DeltaBatch<T>): void;
  /** The input's height has grown. */
  lift(): void;
  close(): void;
}

let connecting: LinkableNode | undefined;

/** The node whose operators are being subscribed or run now. */
export function connectingNode(): LinkableNode | undefined {
  return connecting;
}

/** Of an operator that is being subscribed: where its rows come from. Without an effect outside a pipeline. */
export function declareProvenance(of: (input: Collection<unknown>) => Provenance): void {
  connecting?.declare(of);
}

/** Runs `work` with subscriptions made in it becoming inputs of `node`. */
export function asNode(node: LinkableNode, work: () => void): void {
  const before = connecting;
  connecting = node;
  try {
    work();
  } finally {
    connecting = before;
  }
}

/** Runs `work` with subscriptions made in it being outside the graph. */
export function outsideNodes(work: () => void): void {
  const before = connecting;
  connecting = undefined;
  try {
    work();
  } finally {
    connecting = before;
  }
}

/** Links `node` to `upstream`; what is offered waits until the node runs. */
export function link<T>(
  upstream: CollectionNode<T> & { snapshot(): DeltaBatch<T> },
  node: LinkableNode,
  subscriber: Subscriber<DeltaBatch<T>>,
): InputLink<T> {
  let waiting: DeltaBatch<T>[] = [];
  let primed = false;
  const input: NodeInput = {
    upstream,
    get primed() {
      return primed;
    },
    flow() {
      const batches = waiting;
      waiting = [];
      for (const batch of batches) subscriber.next(batch);
      return batches.at(-1)?.cause;
    },
  };
  node.attach(input);
  return {
    offer(batch) {
      if (primed) {
        waiting.push(batch);
      } else {
        if (!upstream.hasSynced) return;
        primed = true;
        waiting.push(batch.cause.type === 'SNAPSHOT' ? batch : upstream.snapshot());
      }
      scheduler.dirty(node);
    },
    lift() {
      node.lift(upstream.height + 1);
    },
    close() {
      waiting = [];
      node.detach(input);
    },
  };
}

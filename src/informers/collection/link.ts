/**
 * Links between a node of the graph and its inputs. A subscription that is made while a node connects or runs becomes an input of that
 * node: its batches wait in the link until the node runs. Any other subscriber is outside the graph and receives batches after the nodes
 * have run.
 * @module
 */
import type { Subscriber } from 'rxjs';
import type { DeltaBatch } from './delta.ts';
import type { RowError } from './errors.ts';
import { scheduler, type TickNode } from './scheduler.ts';
import type { CollectionNode } from './collection-node.ts';
import type { Collection } from './collection.ts';
import type { Provenance } from './lineage.ts';

/** A node that can have inputs. */
export interface LinkableNode extends TickNode {
  /** Adds an input. @throws CycleError @throws NotRowWiseError */
  attach(input: NodeInput): void;
  detach(input: NodeInput): void;
  /** Sets the provenance of the node's rows. `of` receives the collection that the operator is applied to. */
  declare(of: (input: Collection<unknown>) => Provenance): void;
  /** Reports an error of an input to the listeners of the node. */
  reportError(error: RowError): void;
  /** Raises the height of the node to this value at least, and then the nodes above it. */
  lift(height: number): void;
}

/** The node's end of a link. */
export interface NodeInput {
  readonly upstream: CollectionNode<unknown>;
  /** Whether the input has delivered its snapshot. */
  readonly primed: boolean;
  /** Passes the waiting batches to the operator. Returns the cause of the last batch; undefined if no batch waited. */
  flow(): DeltaBatch<unknown>['cause'] | undefined;
}

/** The input's end of a link. */
export interface InputLink<T> {
  /** Adds a batch. The first batch must be a snapshot; a snapshot replaces any other first batch. */
  offer(batch: DeltaBatch<T>): void;
  /** Passes an error of the input to the node. */
  reportError(error: RowError): void;
  /** Called when the height of the input has increased. */
  lift(): void;
  close(): void;
}

let connecting: LinkableNode | undefined;

/** Returns the node that connects or runs now. A new subscription becomes its input. */
export function connectingNode(): LinkableNode | undefined {
  return connecting;
}

/** Declares the provenance of the operator that is being subscribed to. It has no effect outside a pipeline. */
export function declareProvenance(of: (input: Collection<unknown>) => Provenance): void {
  connecting?.declare(of);
}

/** Runs `work`. Subscriptions that it makes become inputs of `node`. */
export function asNode(node: LinkableNode, work: () => void): void {
  const before = connecting;
  connecting = node;
  try {
    work();
  } finally {
    connecting = before;
  }
}

/** Runs `work`. Subscriptions that it makes are outside the graph. */
export function outsideNodes(work: () => void): void {
  const before = connecting;
  connecting = undefined;
  try {
    work();
  } finally {
    connecting = before;
  }
}

/** Links `node` to `upstream`. Batches wait in the link until the node runs. */
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
    reportError(error) {
      node.reportError(error);
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

/**
 * The collection that one step of a pipeline makes: a node of the graph.
 *
 * ```
 *   idle ──first subscriber──► connecting ──all inputs have delivered a snapshot──► synced
 *     ▲                                                                              │
 *     └──────────────────────── last subscriber unsubscribes ────────────────────────┘
 *   an operator that fails or completes: `failure` is set, the rows stay as they are, `hasSynced` is false
 * ```
 * When `hasSynced` changes, subscribers receive a batch, which may be empty. So they need to read `hasSynced` only when they receive a
 * batch.
 *
 * A node runs at most once in a tick. Its operator receives the batches of the inputs and emits changes. The last change of a key wins. The
 * node compares it with the stored row and emits only differences.
 * State: one reference to each row. Cost: the changes of the tick. The file has more than 250 lines, because the life of a node is one
 * state machine.
 * @module
 */
import type { Subscription } from 'rxjs';
import { mergedCause } from './cause.ts';
import { type CollectionNode, type CollectionStep, isDerivedFrom, nodeOf, sourceNodesOf } from './collection-node.ts';
import type { Collection, DeltaOperator, Origin } from './collection.ts';
import { type Cause, DerivedBatch, mustEmit } from './delta.ts';
import { CycleError, notDerived, NotRowWiseError, operatorFailed, PipelineError, type RowError } from './errors.ts';
import {
  keyKeeping,
  type Lineage,
  NO_SOURCE,
  type Provenance,
  type RowWiseStep,
  rowWiseStepOf,
  type SourceStamp,
} from './lineage.ts';
import { LiveCollection } from './live-collection.ts';
import { asNode, type LinkableNode, type NodeInput } from './link.ts';
import { RowErrors, RowTable } from './row-table.ts';
import { scheduler } from './scheduler.ts';
import type { SourceStatus } from './source-status.ts';
import { readsOf } from './step-reads.ts';

/** The collection made by one operator. */
export class DerivedCollection<R> extends LiveCollection<R> implements LinkableNode {
  override readonly lineage: Lineage | undefined;
  override readonly pipe: Collection<R>['pipe'] = pipeline<R>(this);
  readonly #input: CollectionNode<unknown>;
  readonly #operator: DeltaOperator<unknown, R>;
  /** The declaration that the operator makes each row from one object of the input. */
  readonly #rowWise: RowWiseStep | undefined;
  readonly #inputs = new Set<NodeInput>();
  readonly #errors: RowErrors;
  readonly #rows: RowTable<R>;
  #pending: DerivedBatch<R>[] = [];
  #provenance: Provenance | undefined;
  #subscription: Subscription | undefined;
  /** Whether the node has emitted its SNAPSHOT since it began to run. */
  #hasEmittedSnapshot = false;
  /** The value of `hasSynced` when the last batch was emitted. */
  #emittedSynced = false;
  /** Whether code of the operator is on the stack. The batches that it emits then belong to the current tick. */
  #isOperating = false;
  /** Whether the operator has emitted a valid batch since it was subscribed to. */
  #isProven = false;
  #awaitsOperator = false;
  #failure: PipelineError | undefined;
  #height = 1;

  constructor(input: CollectionNode<unknown>, operator: DeltaOperator<unknown, R>) {
    const step = rowWiseStepOf(operator);
    super(`${input.name} | ${step?.operator ?? (operator.name === '' ? 'operator' : operator.name)}`);
    this.#input = input;
    this.#operator = operator;
    this.#rowWise = step;
    this.#errors = new RowErrors(this.name, (error) => this.reportError(error));
    this.#rows = new RowTable<R>(this.store, this.#errors);
    this.#provenance = step === undefined ? undefined : keyKeeping(input);
    this.lineage =
      step !== undefined && input.lineage !== undefined
        ? { source: input.lineage.source, steps: [...input.lineage.steps, step] }
        : undefined;
  }

  override get height(): number {
    return this.#height;
  }

  override get step(): CollectionStep {
    return { input: this.#input, reads: readsOf(this.#operator) };
  }

  override get hasSynced(): boolean {
    return this.#hasEmittedSnapshot && this.#inputsSynced();
  }

  override get failure(): PipelineError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    for (const input of this.#inputs) if (input.upstream.failure !== undefined) return input.upstream.failure;
    return undefined;
  }

  /** Whether the operator has emitted nothing for the last batch: it emits later, or never. For tests. */
  get awaitsOperator(): boolean {
    return this.#awaitsOperator;
  }

  override get errors(): ReadonlyMap<string, RowError> {
    let merged: Map<string, RowError> | undefined;
    for (const { upstream } of this.#inputs) {
      if (upstream.errors.size === 0) continue;
      merged ??= new Map(this.#errors.all);
      for (const [key, error] of upstream.errors) merged.set(key, error);
    }
    return merged ?? this.#errors.all;
  }

  override get inputs(): readonly CollectionNode<unknown>[] {
    if (this.#inputs.size === 0) return [this.#input];
    if (this.#inputs.size === 1) return Array.from(this.#inputs, ({ upstream }) => upstream);
    return [...new Set(Array.from(this.#inputs, ({ upstream }) => upstream))];
  }

  override originsOf(key: string): readonly Origin[] | undefined {
    return this.#provenance === undefined ? undefined : Array.from(this.#provenance.originsOf(key));
  }

  override stampOf(key: string): SourceStamp | undefined {
    if (this.#provenance === undefined) return undefined;
    if (this.#provenance.stampOf !== undefined) return this.#provenance.stampOf(key);
    const primary = this.#provenance.primaryOf(key);
    return primary === undefined ? NO_SOURCE : nodeOf(primary.collection).stampOf(primary.key);
  }

  protected override get ownErrors(): number {
    return this.#errors.size;
  }

  declare(of: (input: Collection<unknown>) => Provenance): void {
    this.#provenance = of(this.#input);
  }

  override sources(): SourceStatus[] {
    // A server reads them for each request, so the common case is simple.
    const [first, second] = this.inputs;
    if (first !== undefined && second === undefined) return first.sources();
    return sourceNodesOf(this.inputs).flatMap((node) => node.sources());
  }

  attach(input: NodeInput): void {
    if (isDerivedFrom(input.upstream, this)) throw new CycleError(this.name);
    if (this.#rowWise !== undefined && input.upstream !== this.#input) {
      throw new NotRowWiseError(this.#rowWise.operator, `it subscribes to ${input.upstream.name} too`);
    }
    this.#inputs.add(input);
    this.lift(input.upstream.height + 1);
  }

  lift(height: number): void {
    if (height <= this.#height) return;
    this.#height = height;
    this.liftNodes();
  }

  detach(input: NodeInput): void {
    this.#inputs.delete(input);
  }

  run(): void {
    if (!this.connected) return;
    const start = performance.now();
    this.#runInputs();
    this.ownMilliseconds += performance.now() - start;
  }

  #runInputs(): void {
    const causes: Cause[] = [];
    this.#operate(() => {
      for (const input of this.#inputs) {
        const cause = input.flow();
        if (cause !== undefined) causes.push(cause);
      }
    });
    if (causes.length > 0) this.#awaitsOperator = this.#pending.length === 0;
    this.#emitChanges(causes);
  }

  protected override get readable(): boolean {
    return this.connected;
  }

  protected override start(): void {
    this.#operate(() => {
      this.#subscription = this.#operator(this.#input.deltas$).subscribe({
        next: (batch) => this.#collect(batch),
        error: (error: unknown) => this.#fail(operatorFailed(this.name, error, !this.#isProven)),
        complete: () => this.#fail(new PipelineError(this.name, 'an operator has completed; it must never complete')),
      });
    });
    scheduler.dirty(this);
  }

  protected override stop(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#pending = [];
    this.#hasEmittedSnapshot = false;
    this.#emittedSynced = false;
    this.#isProven = false;
    this.#awaitsOperator = false;
    this.#failure = undefined;
    this.#height = 1;
    if (this.#rowWise === undefined) this.#provenance = undefined;
    this.#errors.clear();
    this.store.clear();
  }

  /** Runs code of the operator. The batches that it emits during the call belong to this tick. */
  #operate(work: () => void): void {
    this.#isOperating = true;
    try {
      asNode(this, work);
    } catch (error) {
      this.#fail(operatorFailed(this.name, error, !this.#isProven));
    } finally {
      this.#isOperating = false;
    }
  }

  #inputsSynced(): boolean {
    if (this.#failure !== undefined || this.#inputs.size === 0) return false;
    for (const input of this.#inputs) if (!input.primed || !input.upstream.hasSynced) return false;
    return true;
  }

  #collect(batch: DerivedBatch<R>): void {
    if (!(batch instanceof DerivedBatch)) return this.#fail(notDerived(this.name));
    this.#isProven = true;
    this.#awaitsOperator = false;
    this.#pending.push(batch);
    if (!this.#isOperating) scheduler.write(() => scheduler.dirty(this));
  }

  #fail(failure: PipelineError): void {
    this.#failure ??= failure;
    if (!this.#isOperating) scheduler.write(() => scheduler.dirty(this));
  }

  #emitChanges(causes: readonly Cause[]): void {
    const batches = this.#pending;
    this.#pending = [];
    const { deltas, recreated } = this.#rows.apply(batches, (error) => this.#fail(operatorFailed(this.name, error)));
    if (!this.#hasEmittedSnapshot) {
      if (!this.#inputsSynced()) return;
      this.#hasEmittedSnapshot = true;
      this.#emittedSynced = true;
      this.emit(this.snapshot().changes, { type: 'SNAPSHOT' });
      return;
    }
    // The cause is computed after the rows were applied, because `rowsOf` is correct only then.
    const cause = mergedCause(causes, (key) => this.#provenance?.rowsOf(key) ?? [key], recreated);
    const syncChanged = this.hasSynced !== this.#emittedSynced;
    this.#emittedSynced = this.hasSynced;
    if (deltas.length > 0 || syncChanged || mustEmit(cause)) {
      this.emit(deltas, cause.type === 'SNAPSHOT' ? { type: 'WRITE' } : cause);
    }
  }
}

/** Returns the method `pipe` of a collection. It makes one {@link DerivedCollection} for each operator. */
export function pipeline<T>(input: CollectionNode<unknown>): Collection<T>['pipe'] {
  // The types of the operators are checked where `pipe` is called. Here the steps are only chained.
  const pipe = (...operators: DeltaOperator<unknown, unknown>[]): Collection<unknown> => {
    let last = input;
    for (const operator of operators) last = new DerivedCollection<unknown>(last, operator);
    return last;
  };
  return pipe as Collection<T>['pipe'];
}

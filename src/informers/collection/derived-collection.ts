/**
 * A node of the graph: the collection that one step of a pipeline makes.
 *
 * ```
 *   idle ──first subscriber──► connecting ──all inputs have handed over a snapshot──► synced
 *     ▲                                                                                 │
 *     └──────────────────────────────── last subscriber went ──────────────────────────┘
 *   an operator that errors or completes: `failure` is set, the rows stay as they are, `hasSynced` is false
 * ```
 * Whenever `hasSynced` turns, subscribers get a batch, an empty one if need be: they may look at it when they are told, and only then.
 *
 * In a tick it runs once: what its inputs left is given to the operator, what the operator answers is merged for each key (the last
 * change wins), compared with what is stored, and only what differs is handed on.
 * State: one reference to each row. Cost: the changes of the tick.
 * @module
 */
import type { Observable, Subscription } from 'rxjs';
import type { Collection, DeltaOperator } from './collection.ts';
import { type Cause, type Change, type Delta, DeltaBatch, DerivedBatch, isNewsByItself } from './delta.ts';
import { KEPT_CAUSES, PipelineError, reasonOf, type RowError, rowError } from './errors.ts';
import { type Lineage, rowwiseStepOf } from './lineage.ts';
import { LiveCollection } from './live-collection.ts';
import { asNode, type LinkableNode, type NodeInput } from './link.ts';
import { scheduler } from './scheduler.ts';
import type { SourceStatus } from './source-status.ts';
import { unreachable } from './unreachable.ts';

/** What a step is derived from. */
export interface PipelineInput {
  readonly name: string;
  readonly deltas$: Observable<DeltaBatch<unknown>>;
  readonly lineage: Lineage | undefined;
  sources(): SourceStatus[];
}

/** The collection made by one operator. */
export class DerivedCollection<R> extends LiveCollection<R> implements LinkableNode {
  override readonly lineage: Lineage | undefined;
  override readonly pipe: Collection<R>['pipe'] = pipeline<R>(this);
  readonly #input: PipelineInput;
  readonly #operator: DeltaOperator<unknown, R>;
  readonly #inputs = new Set<NodeInput>();
  readonly #errors = new Map<string, RowError>();
  #pending: Change<R>[] = [];
  #subscription: Subscription | undefined;
  /** Whether subscribers have been given a snapshot. */
  #announced = false;
  /** What `hasSynced` was when they were told last. */
  #toldSynced = false;
  #running = false;
  #failure: PipelineError | undefined;
  #height = 1;

  constructor(input: PipelineInput, operator: DeltaOperator<unknown, R>) {
    const step = rowwiseStepOf(operator);
    super(`${input.name} | ${step?.operator ?? (operator.name === '' ? 'operator' : operator.name)}`);
    this.#input = input;
    this.#operator = operator;
    this.lineage =
      step !== undefined && input.lineage !== undefined
        ? { source: input.lineage.source, steps: [...input.lineage.steps, step] }
        : undefined;
  }

  override get height(): number {
    return this.#height;
  }

  override get hasSynced(): boolean {
    return this.#announced && this.#inputsSynced();
  }

  override get failure(): PipelineError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    for (const input of this.#inputs) if (input.upstream.failure !== undefined) return input.upstream.failure;
    return undefined;
  }

  override get errors(): ReadonlyMap<string, RowError> {
    let merged: Map<string, RowError> | undefined;
    for (const { upstream } of this.#inputs) {
      if (upstream.errors.size === 0) continue;
      merged ??= new Map(this.#errors);
      for (const [key, error] of upstream.errors) merged.set(key, error);
    }
    return merged ?? this.#errors;
  }

  override sources(): SourceStatus[] {
    if (this.#inputs.size === 0) return this.#input.sources();
    const statuses = new Map<string, SourceStatus>();
    for (const { upstream } of this.#inputs) {
      for (const status of upstream.sources()) statuses.set(status.name, status);
    }
    return Array.from(statuses.values());
  }

  attach(input: NodeInput): void {
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
    let cause: Cause | undefined;
    this.#operate(() => {
      for (const input of this.#inputs) cause = input.flow() ?? cause;
    });
    this.#handOn(cause ?? { type: 'WRITE' });
  }

  protected override get readable(): boolean {
    return this.connected;
  }

  protected override start(): void {
    this.#operate(() => {
      this.#subscription = this.#operator(this.#input.deltas$).subscribe({
        next: (batch) => this.#collect(batch),
        error: (error: unknown) => this.#fail(operatorFailed(this.name, error)),
        complete: () => this.#fail(new PipelineError(this.name, 'an operator has completed; it must go on for ever')),
      });
    });
    scheduler.dirty(this);
  }

  protected override stop(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#pending = [];
    this.#announced = false;
    this.#toldSynced = false;
    this.#failure = undefined;
    this.#height = 1;
    this.#errors.clear();
    this.store.clear();
  }

  /** Lets the operator work; what it answers meanwhile belongs to this tick. */
  #operate(work: () => void): void {
    this.#running = true;
    try {
      asNode(this, work);
    } catch (error) {
      this.#fail(operatorFailed(this.name, error));
    } finally {
      this.#running = false;
    }
  }

  #inputsSynced(): boolean {
    if (this.#failure !== undefined || this.#inputs.size === 0) return false;
    for (const input of this.#inputs) if (!input.primed || !input.upstream.hasSynced) return false;
    return true;
  }

  #collect(batch: DerivedBatch<R>): void {
    if (!(batch instanceof DerivedBatch)) {
      this.#fail(new PipelineError(this.name, 'an operator must answer with batch.derive(…)'));
      return;
    }
    for (const change of batch.changes) this.#pending.push(change);
    if (!this.#running) scheduler.write(() => scheduler.dirty(this));
  }

  #fail(failure: PipelineError): void {
    this.#failure ??= failure;
    if (!this.#running) scheduler.write(() => scheduler.dirty(this));
  }

  #handOn(cause: Cause): void {
    const last = new Map<string, Change<R>>();
    for (const change of this.#pending) last.set(change.key, change);
    this.#pending = [];
    const deltas: Delta<R>[] = [];
    for (const change of last.values()) {
      const delta = this.#attempt(change);
      if (delta !== undefined) deltas.push(delta);
    }
    if (!this.#announced) {
      if (!this.#inputsSynced()) return;
      this.#announced = true;
      this.#toldSynced = true;
      this.emit(this.snapshot());
      return;
    }
    const turned = this.hasSynced !== this.#toldSynced;
    this.#toldSynced = this.hasSynced;
    if (deltas.length > 0 || turned || isNewsByItself(cause)) {
      this.emit(new DeltaBatch(deltas, cause.type === 'SNAPSHOT' ? { type: 'WRITE' } : cause));
    }
  }

  /** A change that cannot be applied is the error of its row, and of no other. */
  #attempt(change: Change<R>): Delta<R> | undefined {
    try {
      return this.#apply(change);
    } catch (error) {
      return this.#apply({ type: 'FAIL', key: change.key, error });
    }
  }

  #apply(change: Change<R>): Delta<R> | undefined {
    switch (change.type) {
      case 'PUT':
        if (change.object === undefined) throw new TypeError('an operator has put undefined');
        this.#errors.delete(change.key);
        return this.store.put(change.key, change.object);
      case 'REMOVE':
        this.#errors.delete(change.key);
        return this.store.delete(change.key);
      case 'FAIL':
        this.#errors.set(change.key, rowError(this.name, change.key, change.error, this.#errors.size < KEPT_CAUSES));
        return this.store.delete(change.key);
      default:
        return unreachable(change);
    }
  }
}

function operatorFailed(collection: string, error: unknown): PipelineError {
  return new PipelineError(collection, `an operator failed: ${reasonOf(error)}`, error);
}

/** The `pipe` of a collection: one {@link DerivedCollection} for each operator. */
export function pipeline<T>(input: PipelineInput): Collection<T>['pipe'] {
  // What each operator takes and gives is checked where `pipe` is called; here the steps are only put in a row.
  const pipe = (...operators: DeltaOperator<unknown, unknown>[]): PipelineInput => {
    let last: PipelineInput = input;
    for (const operator of operators) last = new DerivedCollection<unknown>(last, operator);
    return last;
  };
  return pipe as Collection<T>['pipe'];
}

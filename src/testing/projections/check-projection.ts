/**
 * `checkProjection`: a property test for any projection. It compares the rows after random histories with rows computed from scratch.
 * @module
 */
import { AssertionError } from 'node:assert';
import { inspect, isDeepStrictEqual } from 'node:util';
import type * as FastCheck from 'fast-check';
import { nodeOf } from '../../informers/collection/collection-node.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import type { RowError } from '../../informers/collection/errors.ts';
import type { SourceObject } from '../../informers/collection/source-collection.ts';
import { FakeInformer } from '../informers/fake-informer.ts';
import { historyLines, play, type Step, STEP_WEIGHTS, type StepType } from './history.ts';
import { DeltaReplay, servingFault, silentStep } from './invariants.ts';
import { differingPath, ImpureFunctionError, purityGuard } from './purity-guard.ts';
import { type ProjectionOf, recompute } from './recompute.ts';

/** The part of fast-check's `Arbitrary` that infers the type of its values. It does not depend on the types of fast-check. */
export interface ArbitraryOf<T> {
  generate(mrng: never, biasFactor: number | undefined): { readonly value: T };
}

/** Options for {@link checkProjection}. */
export interface CheckOptions {
  /** The number of histories. @default 100 */
  readonly runs?: number | undefined;
  /** The maximum number of steps in a history. @default 40 */
  readonly steps?: number | undefined;
  /** The seed and the path from the message of a failure, to repeat it. */
  readonly seed?: number | undefined;
  readonly path?: string | undefined;
  /**
   * Whether rows may fail for some objects. If so, the check compares the errors with recomputed ones. Otherwise it fails for a row that
   * fails. It always fails for functions that are not pure.
   * @default false
   */
  readonly errorsAllowed?: boolean | undefined;
  /**
   * Whether rows may have any type, as in the middle of a pipeline. Otherwise each row must be an object that a server can serve, with the
   * name and namespace of its key in `metadata`.
   * @default false
   */
  readonly anyRows?: boolean | undefined;
}

/**
 * Tests a projection with random histories of its sources: objects are added, modified, deleted and re-created, lists are missed, sources
 * disappear and return, and subscribers subscribe late. After every step the check verifies that:
 * - every step of the pipeline has emitted, and the collection is synced if all sources are;
 * - a server can serve each row;
 * - the rows equal those of the projection recomputed from the objects in the sources;
 * - the deltas lead to these rows, have the right types, and contain no MODIFIED without a change;
 * - functions return equal results for equal arguments and do not change their arguments.
 *
 * When all subscribers have unsubscribed, no subscription of a source may be left. The check needs `fast-check`, which shrinks a failure to
 * the shortest history.
 * @param arbitraries one for the objects of each source, in the order of the projection's parameters. Use few names, so that they collide.
 * @throws Error of fast-check, with the seed, the path and the shortest history that fails
 * @example
 * await checkProjection(podPlacements, [
 *   fc.record({ name: fc.constantFrom('a', 'b'), node: fc.constantFrom('n1', 'n2') }).map(({ name, node }) => pod(`shop/${name}`, { node })),
 *   fc.record({ name: fc.constantFrom('n1', 'n2'), zone: fc.constantFrom('x', 'y') }).map(({ name, zone }) => node(name, { zone })),
 * ]);
 */
export async function checkProjection<S extends readonly SourceObject[], R>(
  projection: ProjectionOf<S, R>,
  arbitraries: { readonly [I in keyof S]: ArbitraryOf<S[I]> },
  options: CheckOptions = {},
): Promise<void> {
  const fc = await fastCheck();
  const { runs = 100, steps = 40, seed, path } = options;
  const objects = arbitraries as readonly unknown[] as readonly FastCheck.Arbitrary<SourceObject>[];
  const step = fc.oneof(
    ...objects.flatMap((object, source) =>
      Object.entries(STEP_WEIGHTS).map(([type, weight]) => ({
        weight,
        arbitrary: fc.record<Step>({
          type: fc.constant(type as StepType),
          source: fc.constant(source),
          object,
          choice: fc.nat(999),
        }),
      })),
    ),
  );
  const property = fc.property(fc.array(step, { maxLength: steps, size: 'max' }), (history) => {
    checkHistory(projection, objects.length, history, options);
  });
  const before = purityGuard(true);
  try {
    fc.assert(property, {
      numRuns: runs,
      ...(seed === undefined ? {} : { seed }),
      ...(path === undefined ? {} : { path }),
    });
  } finally {
    purityGuard(before);
  }
}

/** Throws the error of a failed check. */
type Fail = (problem: string, values?: { readonly expected?: unknown; readonly actual?: unknown }) => never;

async function fastCheck(): Promise<typeof FastCheck> {
  try {
    return await import('fast-check');
  } catch (cause) {
    throw new Error('checkProjection needs fast-check: npm install --save-dev fast-check', { cause });
  }
}

/**
 * Plays one history and checks the rows after each step.
 * @throws AssertionError with the steps that lead to the failure
 */
function checkHistory<S extends readonly SourceObject[], R>(
  projection: ProjectionOf<S, R>,
  count: number,
  history: readonly Step[],
  { errorsAllowed = false, anyRows = false }: CheckOptions,
): void {
  const sources = Array.from(
    { length: count },
    (_, index) => new FakeInformer<SourceObject>({ name: `source ${index + 1}` }),
  );
  const collections = sources as unknown as { readonly [I in keyof S]: Collection<S[I]> };
  const rows = projection(...collections);
  const replays = [new DeltaReplay(rows)];
  const check = (step: Step, index: number): void => {
    const fail: Fail = (problem, { expected, actual } = {}) => {
      const lines = historyLines(
        history.slice(0, index + 1),
        sources.map(({ name }) => name),
      );
      throw new AssertionError({
        message: `${problem}, after\n${lines}`,
        expected,
        actual,
        operator: 'checkProjection',
      });
    };
    if (step.type === 'subscribe') replays.push(new DeltaReplay(rows));
    const source = sources[step.source];
    if (source !== undefined) play(source, step);
    for (const replay of replays) {
      if (replay.mistake !== undefined) fail(replay.mistake);
    }
    const { failure } = nodeOf(rows);
    if (failure !== undefined) fail(failure.message);
    if (sources.some(({ hasSynced }) => !hasSynced)) return;
    const silent = silentStep(rows);
    if (silent !== undefined) fail(silent);
    checkErrors(rows.errors, errorsAllowed, fail);
    const current = new Map(nodeOf(rows).entries());
    for (const [key, row] of anyRows ? [] : current) {
      const fault = servingFault(key, row);
      if (fault !== undefined) fail(`${fault}; \`anyRows: true\` allows it`);
    }
    const oracle = recompute(projection, ...collections);
    const compare = (
      subject: string,
      actual: ReadonlyMap<string, unknown>,
      expected: ReadonlyMap<string, unknown>,
    ): void => {
      if (isDeepStrictEqual(actual, expected)) return;
      const { path, one, other } = differingPath(Object.fromEntries(actual), Object.fromEntries(expected));
      fail(`${subject} differ from those recomputed, at ${path}: ${brief(one)} is not ${brief(other)}`, {
        expected,
        actual,
      });
    };
    compare('the rows', current, oracle.rows);
    for (const replay of replays) compare('the rows that the deltas lead to', replay.rows, current);
    compare('the errors', messagesOf(rows.errors), messagesOf(oracle.errors));
  };
  try {
    history.forEach(check);
  } finally {
    for (const replay of replays) replay.stop();
  }
  const left = sources.reduce((sum, { statistics }) => sum + statistics.subscribers, 0);
  if (left > 0)
    throw new AssertionError({
      message: `${left} subscriptions of sources are left after all subscribers have unsubscribed`,
    });
}

/** Returns a value on one line, for messages. */
function brief(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity });
}

function checkErrors(errors: ReadonlyMap<string, RowError>, allowed: boolean, fail: Fail): void {
  for (const { message, cause } of errors.values()) {
    if (!allowed || cause instanceof ImpureFunctionError || isWriteToFrozen(cause)) fail(message);
  }
}

/** Returns whether an error is a TypeError of V8 for a write to a frozen object. */
function isWriteToFrozen(cause: unknown): boolean {
  return cause instanceof TypeError && /read only property|not extensible|Cannot delete property/.test(cause.message);
}

function messagesOf(errors: ReadonlyMap<string, RowError>): Map<string, string> {
  return new Map(Array.from(errors, ([key, { message }]) => [key, message]));
}

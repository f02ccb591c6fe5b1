/**
 * The source objects that a row is made of, with their versions.
 * @module
 */
import { inspect } from 'node:util';
import type { Collection } from '../../informers/collection/index.ts';
import type { MaterializedView } from '../materialized-view.ts';
import { type ExplainedObject, explainedObject } from './explained-object.ts';

/** An object, and the objects that it is made of. */
export interface Explanation {
  readonly collection: string;
  readonly key: string;
  /** Whether the collection holds the object now. */
  readonly present: boolean;
  /** The error of the row, if its projection failed. */
  readonly error: string | undefined;
  /** The resource version and uid of an object of a source. */
  readonly resourceVersion: string | undefined;
  readonly uid: string | undefined;
  /**
   * The objects that it is made of, the primary one first. Empty for an object of a source; undefined if the step does not declare them.
   */
  readonly origins: readonly Explanation[] | undefined;
  /** The number of origins that are not in `origins`, because it has at most 100, and the whole tree about 1,000. */
  readonly more: number;
  /** A tree of lines. */
  toString(): string;
  /** The same text, as the console prints it. */
  [inspect.custom](): string;
}

/** The maximum number of objects without origins in an explanation. */
const MAX_ENDS = 1000;

/**
 * Explains a row: the objects that it is made of, down to those of the sources.
 * @throws NotConnectedError if the collection does not run: subscribe to it, serve it or call `keepRunning()`
 * @example
 * process.stdout.write(`${explain(placements, 'shop/web')}\n`);
 * // shop/web of pods | leftJoin(nodes)
 * // ├─ shop/web of pods, resourceVersion 12, uid 6f1d…
 * // └─ n1 of nodes, resourceVersion 7, uid 8a5e…
 */
export function explain(target: Collection<unknown> | MaterializedView, key: string): Explanation {
  return explanationOf(explainedObject(target, key, MAX_ENDS));
}

function explanationOf(object: ExplainedObject): Explanation {
  const { collection, key, present, error, resourceVersion, uid, origins, more } = object;
  const toString = (): string => linesOf(explanation).join('\n');
  const explanation: Explanation = {
    collection: collection.name,
    key,
    present,
    error,
    resourceVersion,
    uid,
    origins: origins?.map(explanationOf),
    more,
    toString,
    [inspect.custom]: toString,
  };
  return explanation;
}

function linesOf(explanation: Explanation): string[] {
  const { collection, key, present, error, resourceVersion, uid, origins, more } = explanation;
  const facts = [
    ...(present ? [] : [error === undefined ? 'absent' : `absent: ${error}`]),
    ...(resourceVersion === undefined ? [] : [`resourceVersion ${resourceVersion}`]),
    ...(uid === undefined ? [] : [`uid ${uid}`]),
  ];
  const below =
    origins === undefined
      ? [['made by an operator that does not declare its origins']]
      : [...origins.map(linesOf), ...(more === 0 ? [] : [[`and ${more} more`]])];
  return [
    `${key} of ${collection}${facts.map((fact) => `, ${fact}`).join('')}`,
    ...below.flatMap((lines, index) => {
      const [first, others] = index === below.length - 1 ? ['└─ ', '   '] : ['├─ ', '│  '];
      return lines.map((line, number) => `${number === 0 ? first : others}${line}`);
    }),
  ];
}

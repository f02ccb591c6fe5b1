/**
 * Random histories of sources, for property tests of projections.
 * @module
 */
import { keyOf } from '../../key.ts';
import type { SourceObject } from '../../informers/collection/source-collection.ts';
import type { FakeInformer } from '../informers/fake-informer.ts';

/** What can happen to a source. */
export type StepType = 'put' | 'delete' | 'recreate' | 'relist' | 'replace' | 'gone' | 'subscribe';

/** How often what happens, compared with the others. */
export const STEP_WEIGHTS: Readonly<Record<StepType, number>> = {
  put: 14,
  delete: 5,
  recreate: 1,
  relist: 1,
  replace: 2,
  gone: 1,
  subscribe: 1,
};

/** One step of a history. */
export interface Step {
  readonly type: StepType;
  /** Which source. */
  readonly source: number;
  /** What is written. */
  readonly object: SourceObject;
  /** Chooses among the objects there are, in [0, 1000). */
  readonly choice: number;
}

/**
 * Does to a source what a step says. An object whose key is there is modified, another is added; a source that is gone comes back with
 * the next step.
 */
export function play(source: FakeInformer<SourceObject>, { type, object, choice }: Step): void {
  if (!source.hasSynced && type !== 'gone') source.replace();
  const objects = source.list();
  const chosen = objects[choice % Math.max(1, objects.length)];
  switch (type) {
    case 'put':
      if (source.get(keyOf(object)) === undefined) source.add(object);
      else source.modify(object);
      break;
    case 'delete':
      if (chosen !== undefined) source.delete(keyOf(chosen));
      break;
    case 'recreate':
      // Deleted and made again while nobody watched.
      if (chosen !== undefined) source.replace(...objects.map((one) => (one === chosen ? recreated(one) : one)));
      break;
    case 'relist':
      source.relist();
      break;
    case 'replace':
      // Some have gone and one has come while the connection was lost.
      source.replace(
        ...objects.filter((one, index) => (index + choice) % 3 !== 0 && keyOf(one) !== keyOf(object)),
        object,
      );
      break;
    case 'gone':
      source.gone();
      break;
    case 'subscribe':
      break; // not of the source
    default:
      throw new Error(`no such step: ${String(type satisfies never)}`);
  }
}

/** The same content under another uid. */
function recreated(object: SourceObject): SourceObject {
  return {
    ...object,
    metadata: { ...object.metadata, uid: `${object.metadata?.uid} again`, resourceVersion: undefined },
  };
}

/** A history as lines, for messages. */
export function historyLines(history: readonly Step[], names: readonly string[]): string {
  return history
    .map(({ type, source, object }) => {
      const name = names[source] ?? '';
      return `${type} ${name}${type === 'put' || type === 'replace' ? ` ${JSON.stringify(object)}` : ''}`;
    })
    .join('\n');
}

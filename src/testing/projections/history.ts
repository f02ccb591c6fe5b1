/**
 * Random histories of sources, for property tests of projections.
 * @module
 */
import { keyOf } from '../../key.ts';
import type { SourceObject } from '../../informers/collection/source-collection.ts';
import type { FakeInformer } from '../informers/fake-informer.ts';

/** An event in the history of a source. */
export type StepType = 'put' | 'delete' | 'recreate' | 'relist' | 'replace' | 'gone' | 'subscribe';

/** The relative frequency of each type. */
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
  /** The index of the source. */
  readonly source: number;
  /** The object to write. */
  readonly object: SourceObject;
  /** Selects one of the existing objects, in [0, 1000). */
  readonly choice: number;
}

/**
 * Applies a step to a source. A `put` modifies the object if its key exists and adds it otherwise. A source that is gone returns with the
 * next step.
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
      // Deleted and created again while the connection was lost.
      if (chosen !== undefined) source.replace(...objects.map((one) => (one === chosen ? recreated(one) : one)));
      break;
    case 'relist':
      source.relist();
      break;
    case 'replace':
      // While the connection was lost, some objects were deleted and one was written.
      source.replace(
        ...objects.filter((one, index) => (index + choice) % 3 !== 0 && keyOf(one) !== keyOf(object)),
        object,
      );
      break;
    case 'gone':
      source.gone();
      break;
    case 'subscribe':
      break; // the check adds a subscriber
    default:
      throw new Error(`unknown step: ${String(type satisfies never)}`);
  }
}

/** Returns an object with the same content and another uid. */
function recreated(object: SourceObject): SourceObject {
  return {
    ...object,
    metadata: { ...object.metadata, uid: `${object.metadata?.uid} again`, resourceVersion: undefined },
  };
}

/** Returns a history as text, with one line for each step. */
export function historyLines(history: readonly Step[], names: readonly string[]): string {
  return history
    .map(({ type, source, object }) => {
      const name = names[source] ?? '';
      return `${type} ${name}${type === 'put' || type === 'replace' ? ` ${JSON.stringify(object)}` : ''}`;
    })
    .join('\n');
}

/** Sample objects and helpers for the tests of stores. */
import type { ObjectStore, StoredObject, StoredResource, Versioned } from '../../src/stores/object-store.ts';

export const TASKS: StoredResource = { group: 'example.com', resource: 'tasks' };

export const NEVER: AbortSignal = new AbortController().signal;

/** Returns a task. `key` is `namespace/name` or `name`. */
export function task(key: string, title: string, more: object = {}): StoredObject {
  const [name = '', namespace] = key.split('/').toReversed();
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), uid: `uid-of-${key}` };
  return { apiVersion: 'example.com/v1', kind: 'Task', metadata, spec: { title }, ...more };
}

export const titleOf = (object: StoredObject): string => (object['spec'] as { title: string }).title;

/**
 * Returns the error of a call.
 * @throws Error if the call succeeds
 */
export async function failureOf(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    return error as Error;
  }
  throw new Error('the call succeeded, but must fail');
}

/** Resolves as soon as the condition holds. It is evaluated after every batch. */
export function whenever(objects: ObjectStore['objects'], condition: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = false;
    let stop = (): void => undefined;
    const subscription = objects.deltas$.subscribe(() => {
      if (done) return;
      try {
        if (!condition()) return;
        resolve();
      } catch (error) {
        reject(error);
      }
      done = true;
      stop();
    });
    stop = () => subscription.unsubscribe();
    if (done) stop();
  });
}

/** Resolves when the collection has delivered a write or a later write of the same key. */
export function shown(store: ObjectStore, key: string, { revision }: Versioned): Promise<void> {
  return whenever(store.objects, () => Number(store.objects.get(key)?.metadata.resourceVersion ?? 0) >= revision);
}

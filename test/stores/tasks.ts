/** Objects to be stored, and what is asked of a store in every test. */
import { settled } from '../../src/testing/informers/fake-clock.ts';
import type { ObjectStore, StoredObject, StoredResource, Versioned } from '../../src/stores/object-store.ts';

export const TASKS: StoredResource = { group: 'example.com', resource: 'tasks' };

export const NEVER: AbortSignal = new AbortController().signal;

/** A task; `key` is `namespace/name` or `name`. */
export function task(key: string, title: string, more: object = {}): StoredObject {
  const [name = '', namespace] = key.split('/').toReversed();
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), uid: `uid-of-${key}` };
  return { apiVersion: 'example.com/v1', kind: 'Task', metadata, spec: { title }, ...more };
}

export const titleOf = (object: StoredObject): string => (object['spec'] as { title: string }).title;

/** What a call failed with. @throws Error when it did not fail */
export async function failureOf(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

/** Resolves as soon as the collection is in the state wanted; nothing is polled. */
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

/** Resolves when the collection shows a write, or a later one of that key. */
export function shown(store: ObjectStore, key: string, { revision }: Versioned): Promise<void> {
  return whenever(store.objects, () => Number(store.objects.get(key)?.metadata.resourceVersion ?? 0) >= revision);
}

/** Resolves as soon as it is so; looked at whenever nothing else is to be done. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`it never became so: ${condition.toString()}`);
    await settled();
  }
}

/** Tasks kept by handlers, for tests. */
import type { Creator, Deleter, Getter, Handlers, Lister, Replacer } from '../../../../src/server/define/handlers.ts';
import { refuse } from '../../../../src/server/define/refusals.ts';
import { HandlerStore, type HandlerStoreOptions } from '../../../../src/server/write/handlers/handler-store.ts';
import type { WrittenKind } from '../../../../src/server/wire/writes/written-kind.ts';
import type { StoredObject } from '../../../../src/stores/object-store.ts';
import { FakeClock, settled } from '../../../../src/testing/informers/index.ts';
import { RecordedLog } from '../../../support/test-server.ts';

export interface Task {
  readonly spec: { readonly title: string };
}

export const KIND: WrittenKind = {
  group: 'example.com',
  version: 'v1',
  kind: 'Task',
  plural: 'tasks',
  namespaced: false,
};

/** A task as a writer passes it to a store. */
export function task(name: string, title: string, metadata: Record<string, unknown> = {}): StoredObject {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Task',
    metadata: { name, uid: `uid-${name}`, creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    spec: { title },
  };
}

/** The same task as a handler returns it. */
export function taskOf(name: string, title: string): Task & { metadata: { name: string; uid: string } } {
  return task(name, title) as never;
}

/** Handlers over a Map that tests can read and change. */
export function mapHandlers(
  tasks: Map<string, ReturnType<typeof taskOf>>,
): Getter<Task> & Lister<Task> & Creator<Task> & Replacer<Task> & Deleter<Task> {
  const store = (object: unknown): ReturnType<typeof taskOf> => {
    const stored = object as ReturnType<typeof taskOf>;
    tasks.set(stored.metadata.name, stored);
    return stored;
  };
  return {
    get: ({ name }) => tasks.get(name) ?? missing(),
    list: () => tasks.values(),
    create: (object) => store(object),
    replace: (object) => store(object),
    delete: ({ name }) => void tasks.delete(name),
  };
}

function missing(): never {
  throw refuse.notFound();
}

/** A store over handlers, with a fake clock. */
export class Rig {
  readonly clock: FakeClock = new FakeClock();
  readonly log: RecordedLog = new RecordedLog();
  readonly end: AbortController = new AbortController();
  readonly store: HandlerStore;
  /** The emitted events: `ADDED a one`. */
  readonly events: string[] = [];

  constructor(handlers: Handlers<Task>, options: Partial<HandlerStoreOptions> = {}) {
    const { clock, log } = this;
    this.store = new HandlerStore({ kind: KIND, handlers, clock, log, random: () => 0, ...options });
  }

  get signal(): AbortSignal {
    return this.end.signal;
  }

  /** Subscribes, and waits for everything that the handlers deliver without the clock moving. */
  async started(): Promise<this> {
    const subscription = this.store.objects.deltas$.subscribe(({ changes }) => {
      for (const { type, object } of changes) this.events.push(`${type} ${told(object)}`);
    });
    this.signal.addEventListener('abort', () => subscription.unsubscribe());
    await settled();
    return this;
  }

  /** The objects: `a one`. */
  get rows(): string[] {
    return this.store.objects.list().map(told).toSorted();
  }

  /** The events since the last call. */
  heard(): string[] {
    return this.events.splice(0);
  }
}

function told({ metadata, spec }: StoredObject): string {
  return `${metadata.name} ${(spec as Task['spec']).title}`;
}

/** A promise that a test resolves. */
export function gate<V = void>(): PromiseWithResolvers<V> {
  return Promise.withResolvers<V>();
}

/** The error with which a promise rejects; fails if it resolves. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

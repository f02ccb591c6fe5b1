/** A list and watch of a fake upstream, with other versions: the client sees a text in the place of each revision. */
import type { SourceObject } from '../../src/informers/collection/source-collection.ts';
import type { ListOptions, ListPage, ListWatch, WatchEvent, WatchOptions } from '../../src/informers/list-watch.ts';
import type { FakeListWatch } from '../../src/testing/informers/fake-list-watch.ts';

export class TranslatedListWatch<T extends SourceObject> implements ListWatch<T> {
  readonly #upstream: FakeListWatch<T>;
  readonly #translate: (revision: bigint) => string;
  /** The revision of each version that was sent, and of the one before it. */
  readonly #revisions = new Map<string, string>();

  /** @param translate returns a different version for each revision */
  constructor(upstream: FakeListWatch<T>, translate: (revision: bigint) => string) {
    this.#upstream = upstream;
    this.#translate = translate;
  }

  get name(): string {
    return this.#upstream.name;
  }

  async list(options: ListOptions, signal: AbortSignal): Promise<ListPage<T>> {
    const page = await this.#upstream.list(this.#received(options), signal);
    const { resourceVersion } = page;
    return {
      ...page,
      items: page.items.map((item) => this.#sent(item)),
      resourceVersion: resourceVersion === undefined ? undefined : this.#version(resourceVersion),
    };
  }

  async watch(options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>> {
    const events = (await this.#upstream.watch(this.#received(options), signal))[Symbol.asyncIterator]();
    const next = async (): Promise<IteratorResult<WatchEvent<T>>> => {
      const result = await events.next();
      if (result.done === true) return result;
      const event = result.value;
      if (event.type === 'ERROR') return result;
      // The metadata of a BOOKMARK has a version too.
      return { value: { ...event, object: this.#sent(event.object as T) } as WatchEvent<T> };
    };
    const end = async (): Promise<IteratorResult<WatchEvent<T>>> => {
      await events.return?.();
      return { done: true, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
  }

  #received<O extends { readonly resourceVersion?: string | undefined }>(options: O): O {
    const { resourceVersion } = options;
    if (resourceVersion === undefined) return options;
    const revision = this.#revisions.get(resourceVersion);
    if (revision === undefined) throw new Error(`the version ${resourceVersion} was never sent`);
    return { ...options, resourceVersion: revision };
  }

  #sent(object: T): T {
    if (object.metadata?.resourceVersion === undefined) return object;
    const resourceVersion = this.#version(object.metadata.resourceVersion);
    return { ...object, metadata: { ...object.metadata, resourceVersion } };
  }

  #version(revision: string): string {
    const version = this.#translate(BigInt(revision));
    this.#revisions.set(version, revision);
    // If versions repeat, a watch may start one version earlier.
    const before = BigInt(revision) - 1n;
    this.#revisions.set(this.#translate(before), String(before));
    return version;
  }
}

/** A cluster in the hands of a test: what it is asked is kept, and what it answers is said by the test or done to fake informers. */
import { mergePatch } from '../../../../src/server/wire/patch.ts';
import { keyOf } from '../../../../src/key.ts';
import type { SourceObject } from '../../../../src/informers/collection/source-collection.ts';
import {
  ImpersonationError,
  type Upstream,
  type UpstreamResult,
  type UpstreamTarget,
  type UpstreamUser,
  type UpstreamWriteOptions,
  type UpstreamWrites,
} from '../../../../src/informers/collection/upstream.ts';
import type { FakeInformer } from '../../../../src/testing/informers/index.ts';

export interface Asked {
  readonly user: UpstreamUser;
  readonly verb: 'patch' | 'delete';
  readonly source: string;
  readonly key: string;
  // What the tests expect of it; nothing checks it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly dryRun: boolean;
  readonly fieldManager: string | undefined;
}

type Done = (asked: Asked, source: FakeInformer<SourceObject>) => UpstreamResult | Promise<UpstreamResult>;

export class FakeUpstream implements Upstream {
  readonly asked: Asked[] = [];
  readonly #sources: readonly FakeInformer<SourceObject>[];
  /** What becomes of requests; the next of these, then {@link done}. */
  readonly next: Done[] = [];

  constructor(...sources: readonly object[]) {
    this.#sources = sources as readonly FakeInformer<SourceObject>[];
  }

  /** For `informers` of a server. */
  get informers(): never {
    return { as: (user: UpstreamUser) => this.as(user), of: () => undefined } as never;
  }

  as(user: UpstreamUser): UpstreamWrites {
    if (user.name === 'unspeakable') throw new ImpersonationError('the name of the user cannot be sent');
    const send = async (
      verb: Asked['verb'],
      { source, key }: UpstreamTarget,
      body: unknown,
      { dryRun = false, fieldManager }: UpstreamWriteOptions = {},
    ): Promise<UpstreamResult> => {
      const asked = { user, verb, source: source.name, key, body, dryRun, fieldManager };
      this.asked.push(asked);
      return (this.next.shift() ?? done)(asked, source as FakeInformer<SourceObject>);
    };
    return {
      resourceOf: (source) =>
        this.#sources.includes(source as never) ? { group: '', version: 'v1', resource: source.name } : undefined,
      patch: (target, patch, options) => send('patch', target, patch, options),
      delete: (target, body, options) => send('delete', target, body, options),
    };
  }
}

/** As a cluster does: the version must be the one that is there, and informers see it at once. */
export const done: Done = ({ verb, key, body, dryRun }, source) => {
  const object = source.get(key);
  if (object === undefined) return refused(404, { reason: 'NotFound', message: `${source.name} "${key}" not found` });
  const { resourceVersion } = object.metadata ?? {};
  const locked = verb === 'patch' ? body.metadata.resourceVersion : body.preconditions.resourceVersion;
  if (locked !== resourceVersion) {
    return refused(409, { reason: 'Conflict', message: `Operation cannot be fulfilled on ${source.name} "${key}"` });
  }
  if (verb === 'delete') {
    if (!dryRun) source.delete(key);
    return { type: 'done', object: { kind: 'Status', status: 'Success' } };
  }
  const patched = mergePatch(object, body) as SourceObject;
  if (dryRun) return { type: 'done', object: patched };
  source.modify({ ...patched, metadata: { ...patched.metadata, resourceVersion: undefined } });
  return { type: 'done', object: source.get(keyOf(object)) };
};

export const refused = (
  code: number,
  status: (UpstreamResult & { type: 'refused' })['status'],
  retryAfterSeconds?: number,
): UpstreamResult => ({ type: 'refused', code, status, retryAfterSeconds });

/** A fake cluster for writes. It records the requests, and applies them to fake informers or returns the results that the test sets. */
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

/** A request that the fake cluster has received. */
export interface UpstreamRequest {
  readonly user: UpstreamUser;
  readonly verb: 'patch' | 'delete';
  readonly source: string;
  readonly key: string;
  // Tests read any field of the body.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly dryRun: boolean;
  readonly fieldManager: string | undefined;
}

type Reply = (request: UpstreamRequest, source: FakeInformer<SourceObject>) => UpstreamResult | Promise<UpstreamResult>;

export class FakeUpstream implements Upstream {
  readonly requests: UpstreamRequest[] = [];
  readonly #sources: readonly FakeInformer<SourceObject>[];
  /** The replies to the next requests. Without one, a request is applied by {@link applyWrite}. */
  readonly next: Reply[] = [];

  constructor(...sources: readonly object[]) {
    this.#sources = sources as readonly FakeInformer<SourceObject>[];
  }

  /** The value for `informers` of a server. */
  get informers(): never {
    return { as: (user: UpstreamUser) => this.as(user), of: () => undefined } as never;
  }

  as(user: UpstreamUser): UpstreamWrites {
    if (user.name === 'unspeakable') throw new ImpersonationError('the name of the user cannot be sent');
    const send = async (
      verb: UpstreamRequest['verb'],
      { source, key }: UpstreamTarget,
      body: unknown,
      { dryRun = false, fieldManager }: UpstreamWriteOptions = {},
    ): Promise<UpstreamResult> => {
      const request = { user, verb, source: source.name, key, body, dryRun, fieldManager };
      this.requests.push(request);
      return (this.next.shift() ?? applyWrite)(request, source as FakeInformer<SourceObject>);
    };
    return {
      resourceOf: (source) =>
        this.#sources.includes(source as never) ? { group: '', version: 'v1', resource: source.name } : undefined,
      patch: (target, patch, options) => send('patch', target, patch, options),
      delete: (target, body, options) => send('delete', target, body, options),
    };
  }
}

/** Writes like a cluster: checks the version, and the informers see the write at once. */
const applyWrite: Reply = ({ verb, key, body, dryRun }, source) => {
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

/** Returns the result of a write that the cluster rejects. */
export function refused(
  code: number,
  status: (UpstreamResult & { type: 'refused' })['status'],
  retryAfterSeconds?: number,
): UpstreamResult {
  return { type: 'refused', code, status, retryAfterSeconds };
}

/**
 * Writes to a cluster as one of its users. See `collection/upstream.ts`.
 * @module
 */
import type { Collection } from './collection/collection.ts';
import { splitKey } from '../key.ts';
import type {
  UpstreamAnswer,
  UpstreamResource,
  UpstreamTarget,
  UpstreamUser,
  UpstreamWriteOptions,
  UpstreamWrites,
} from './collection/upstream.ts';
import { isNeverSent } from './connection-failure.ts';
import { UpstreamApiError, CredentialsError, KubeConfigError } from './errors.ts';
import { type Headers, impersonationHeaders } from './impersonation.ts';
import { resourcePath } from './kube-list-watch.ts';
import type { KubeRequest, KubeTransport } from './kube-transport.ts';

/** What a source was read from, and how its objects are stored. */
export interface KnownSource {
  readonly resource: UpstreamResource;
  /** What is stored of an object that has come. @throws TransformError */
  stored(object: unknown): unknown;
}

/** See the top of this file. */
export class UserWrites implements UpstreamWrites {
  readonly #transport: KubeTransport;
  readonly #sourceOf: (source: Collection<unknown>) => KnownSource | undefined;
  readonly #headers: Headers;

  /** @throws ImpersonationError */
  constructor(
    transport: KubeTransport,
    sourceOf: (source: Collection<unknown>) => KnownSource | undefined,
    user: UpstreamUser,
  ) {
    this.#transport = transport;
    this.#sourceOf = sourceOf;
    this.#headers = impersonationHeaders(user);
  }

  resourceOf(source: Collection<unknown>): UpstreamResource | undefined {
    return this.#sourceOf(source)?.resource;
  }

  patch(target: UpstreamTarget, patch: unknown, options: UpstreamWriteOptions = {}): Promise<UpstreamAnswer> {
    const contentType = 'application/merge-patch+json';
    const fieldManager = options.fieldManager === '' ? undefined : options.fieldManager;
    return this.#send(target, options, { method: 'PATCH', body: patch, contentType, query: { fieldManager } });
  }

  delete(target: UpstreamTarget, body: object, options: UpstreamWriteOptions = {}): Promise<UpstreamAnswer> {
    return this.#send(target, options, {
      method: 'DELETE',
      body: options.dryRun === true ? { ...body, dryRun: ['All'] } : body,
    });
  }

  async #send(
    { source, key }: UpstreamTarget,
    { dryRun = false, signal }: UpstreamWriteOptions,
    request: KubeRequest,
  ): Promise<UpstreamAnswer> {
    const known = this.#sourceOf(source);
    if (known === undefined) throw new TypeError(`${source.name} is no informer of this factory`);
    const { namespace, name } = splitKey(key);
    const path = resourcePath({ ...known.resource, namespace: namespace === '' ? undefined : namespace });
    let object: unknown;
    try {
      object = await this.#transport.send<unknown>(`${path}/${encodeURIComponent(name)}`, {
        ...request,
        // Of a delete it is in the body: where there is one, servers read nothing else.
        query: { ...request.query, dryRun: dryRun && request.method === 'PATCH' ? 'All' : undefined },
        headers: this.#headers,
        signal,
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return failureOf(error);
    }
    return { type: 'done', object: dryRun && !isStatus(object) ? known.stored(object) : object };
  }
}

function failureOf(error: unknown): UpstreamAnswer {
  if (error instanceof UpstreamApiError) {
    return {
      type: 'refused',
      code: error.code,
      status: error.status,
      retryAfterSeconds: error.retryAfterSeconds,
    };
  }
  if (!(error instanceof Error)) throw error;
  const isUnsent = error instanceof KubeConfigError || error instanceof CredentialsError || isNeverSent(error);
  return { type: isUnsent ? 'unreachable' : 'unknown', cause: error };
}

function isStatus(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
}

/**
 * Implements the writes of `collection/upstream.ts`: requests to a cluster on behalf of a user.
 * @module
 */
import type { Collection } from './collection/collection.ts';
import { splitKey } from '../key.ts';
import type {
  UpstreamResult,
  UpstreamResource,
  UpstreamTarget,
  UpstreamUser,
  UpstreamWriteOptions,
  UpstreamWrites,
} from './collection/upstream.ts';
import { CredentialsError, KubeConfigError, RedirectError, UpstreamApiError } from './errors.ts';
import { type Headers, impersonationHeaders } from './impersonation.ts';
import { resourcePath } from './kube-list-watch.ts';
import type { KubeRequest, KubeTransport } from './kube-transport.ts';
import { isUnsent } from './request-failure.ts';

/** A source of the factory: its resource, and the preparation of its objects. */
export interface KnownSource {
  readonly resource: UpstreamResource;
  /** Returns an object in the form in which the informer stores it. @throws TransformError */
  stored(object: unknown): unknown;
}

/** Writes on behalf of one user, by impersonation. */
export class UserWrites implements UpstreamWrites {
  readonly #transport: KubeTransport;
  readonly #sourceOf: (source: Collection<unknown>) => KnownSource | undefined;
  readonly #headers: Headers;

  /** @throws ImpersonationError if the user cannot be impersonated, or if the kubeconfig impersonates a user itself */
  constructor(
    transport: KubeTransport,
    sourceOf: (source: Collection<unknown>) => KnownSource | undefined,
    user: UpstreamUser,
  ) {
    this.#transport = transport;
    this.#sourceOf = sourceOf;
    this.#headers = impersonationHeaders(user);
    transport.refuseSecondUser(this.#headers);
  }

  resourceOf(source: Collection<unknown>): UpstreamResource | undefined {
    return this.#sourceOf(source)?.resource;
  }

  patch(target: UpstreamTarget, patch: unknown, options: UpstreamWriteOptions = {}): Promise<UpstreamResult> {
    const contentType = 'application/merge-patch+json';
    const fieldManager = options.fieldManager === '' ? undefined : options.fieldManager;
    return this.#send(target, options, { method: 'PATCH', body: patch, contentType, query: { fieldManager } });
  }

  delete(target: UpstreamTarget, body: object, options: UpstreamWriteOptions = {}): Promise<UpstreamResult> {
    return this.#send(target, options, {
      method: 'DELETE',
      body: options.dryRun === true ? { ...body, dryRun: ['All'] } : body,
    });
  }

  async #send(
    { source, key }: UpstreamTarget,
    { dryRun = false, signal }: UpstreamWriteOptions,
    request: KubeRequest,
  ): Promise<UpstreamResult> {
    const known = this.#sourceOf(source);
    if (known === undefined) throw new TypeError(`${source.name} is not an informer of this factory`);
    const { namespace, name } = splitKey(key);
    const path = resourcePath({ ...known.resource, namespace: namespace === '' ? undefined : namespace });
    let object: unknown;
    try {
      object = await this.#transport.send<unknown>(`${path}/${encodeURIComponent(name)}`, {
        ...request,
        // A delete has `dryRun` in its body, because servers ignore the query of a delete with a body.
        query: { ...request.query, dryRun: dryRun && request.method === 'PATCH' ? 'All' : undefined },
        headers: this.#headers,
        signal,
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return failedResult(error);
    }
    return { type: 'done', object: dryRun && !isStatus(object) ? known.stored(object) : object };
  }
}

/** Returns the result of a request that failed with an error of the transport. @throws `error` if it is not an Error */
export function failedResult(error: unknown): UpstreamResult {
  if (error instanceof UpstreamApiError) {
    return {
      type: 'refused',
      code: error.code,
      status: error.status,
      retryAfterSeconds: error.retryAfterSeconds,
    };
  }
  if (!(error instanceof Error)) throw error;
  const wasNotSent =
    error instanceof KubeConfigError ||
    error instanceof CredentialsError ||
    error instanceof RedirectError ||
    isUnsent(error);
  return { type: wasNotSent ? 'unreachable' : 'unknown', cause: error };
}

function isStatus(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
}

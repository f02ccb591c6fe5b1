/**
 * The contract of requests to the upstream cluster that are not reads: writes on behalf of a user, and reviews. The server sends them;
 * `InformerFactory` implements them.
 * @module
 */
import type { Collection } from './collection.ts';

/** An authenticated user. */
export interface UpstreamUser {
  readonly name: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** A resource of a cluster. `group` is empty for the core group. */
export interface UpstreamResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** A cluster that can be written to, such as an `InformerFactory`. */
export interface Upstream {
  /** Writes as this user, by impersonation. @throws ImpersonationError if the user cannot be impersonated */
  as(user: UpstreamUser): UpstreamWrites;
}

/** A cluster that knows which of its resources a source reads, such as an `InformerFactory`. */
export interface UpstreamSources {
  /** The resource that a source reads; undefined if the source does not read from this cluster. */
  resourceOf(source: Collection<unknown>): UpstreamResource | undefined;
}

/** A cluster that evaluates reviews, such as an `InformerFactory`: TokenReview, SubjectAccessReview. */
export interface UpstreamReviewer {
  /**
   * Creates a review with the credentials of the server itself. The object of the result is the review with its status, as the cluster
   * sent it: it is not checked. @throws the reason of the signal
   */
  review(resource: UpstreamResource, review: object, signal: AbortSignal): Promise<UpstreamReviewResult>;
}

/** The object to write: a source that reads from the cluster, and the key of the object in it. */
export interface UpstreamTarget {
  readonly source: Collection<unknown>;
  readonly key: string;
}

/** Parameters of a write. */
export interface UpstreamWriteOptions {
  readonly dryRun?: boolean | undefined;
  /** The name of the manager of the written fields. Not for deletes. */
  readonly fieldManager?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Writes as one user. */
export interface UpstreamWrites extends UpstreamSources {
  /** Sends a merge patch (RFC 7396). @throws the reason of the signal */
  patch(target: UpstreamTarget, patch: unknown, options?: UpstreamWriteOptions): Promise<UpstreamResult>;
  /** Deletes the object. @param body DeleteOptions. @throws the reason of the signal */
  delete(target: UpstreamTarget, body: object, options?: UpstreamWriteOptions): Promise<UpstreamResult>;
}

/** The fields of a Kubernetes Status that kubefacet reads. */
export interface UpstreamStatus {
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly details?:
    | {
        readonly name?: string | undefined;
        readonly group?: string | undefined;
        readonly kind?: string | undefined;
        readonly retryAfterSeconds?: number | undefined;
        readonly causes?:
          | readonly {
              readonly reason?: string | undefined;
              readonly message?: string | undefined;
              readonly field?: string | undefined;
            }[]
          | undefined;
      }
    | undefined;
}

/** The result of a write. */
export type UpstreamResult =
  /** `object` is the written or deleted object, or a Status of success. After a dry run it is trimmed like the objects of the source. */
  | { readonly type: 'done'; readonly object: unknown }
  | {
      readonly type: 'refused';
      readonly code: number;
      readonly status: UpstreamStatus;
      readonly retryAfterSeconds: number | undefined;
    }
  /** The request was not sent. */
  | { readonly type: 'unreachable'; readonly cause: Error }
  /** The request was sent, but there was no response. The write may have happened. */
  | { readonly type: 'unknown'; readonly cause: Error };

/** The result of a review. */
export type UpstreamReviewResult =
  | UpstreamResult
  /** The response is complete, but it is not JSON, has a damaged compression, or is too large. */
  | { readonly type: 'unreadable'; readonly cause: Error };

/** The user cannot be impersonated: it has no name, or its name cannot be sent in a header. */
export class ImpersonationError extends Error {
  override readonly name = 'ImpersonationError';
}

/**
 * Writes to the cluster that collections are read from, as one of its users: what who serves rows asks of who reads objects.
 * @module
 */
import type { Collection } from './collection.ts';

/** Somebody who was authenticated. */
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

/** Whose cluster can be written to. An `InformerFactory` is one. */
export interface Upstream {
  /** Requests made as this user, never as oneself. @throws ImpersonationError for a user that no request can be made as */
  as(user: UpstreamUser): UpstreamWrites;
}

/** An object of a collection that was read from the cluster. */
export interface UpstreamTarget {
  readonly source: Collection<unknown>;
  readonly key: string;
}

/** Parameters of a write. */
export interface UpstreamWriteOptions {
  readonly dryRun?: boolean | undefined;
  /** Who is remembered to have set the fields. Not for deletes. */
  readonly fieldManager?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Writes as one user. */
export interface UpstreamWrites {
  /** What a source holds; undefined when it was not read from this cluster. */
  resourceOf(source: Collection<unknown>): UpstreamResource | undefined;
  /** A merge patch (RFC 7396). @throws the reason of the signal */
  patch(target: UpstreamTarget, patch: unknown, options?: UpstreamWriteOptions): Promise<UpstreamAnswer>;
  /** @param body DeleteOptions. @throws the reason of the signal */
  delete(target: UpstreamTarget, body: object, options?: UpstreamWriteOptions): Promise<UpstreamAnswer>;
}

/** What a cluster says of an error: a Status, as far as it is read here. */
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

/** How a write ended. */
export type UpstreamAnswer =
  /** `object` is the object written or deleted, or a Status of success; of a dry run, trimmed as the source holds its objects. */
  | { readonly type: 'done'; readonly object: unknown }
  | {
      readonly type: 'refused';
      readonly code: number;
      readonly status: UpstreamStatus;
      readonly retryAfterSeconds: number | undefined;
    }
  /** Nothing was sent. */
  | { readonly type: 'unreachable'; readonly cause: Error }
  /** It was sent, and no answer has come: it may have been done. */
  | { readonly type: 'unknown'; readonly cause: Error };

/** A user whom no header can name, or who is nobody. */
export class ImpersonationError extends Error {
  override readonly name = 'ImpersonationError';
}

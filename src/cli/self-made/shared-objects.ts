/**
 * Reads and writes of single objects of the cluster. Conflicts are results and not errors, because several replicas write.
 * @module
 */
import { isNotFound, type KubeTransport, UpstreamApiError } from '../../informers/index.ts';

/** An object with the version that a conditional write needs. */
export interface VersionedObject {
  readonly metadata?: { readonly resourceVersion?: string | undefined } | undefined;
}

/** The result of a write that another writer can precede. */
export type Write<T> = { readonly type: 'done'; readonly object: T } | { readonly type: 'conflict' };

/** Sends requests for single objects. All methods throw like {@link KubeTransport.send}. */
export interface SharedObjects {
  /** Returns the object, or undefined if it does not exist. */
  get<T extends VersionedObject>(path: string): Promise<T | undefined>;
  /** Creates an object in a collection. It conflicts with an object of the same name. */
  create<T extends VersionedObject>(path: string, object: T): Promise<Write<T>>;
  /** Replaces an object. It conflicts if `metadata.resourceVersion` is not the current version. */
  update<T extends VersionedObject>(path: string, object: T): Promise<Write<T>>;
  /** Merges a patch into an object. It conflicts if `metadata.resourceVersion` of the patch is not the current version. */
  patch<T extends VersionedObject>(path: string, patch: VersionedObject): Promise<Write<T>>;
}

/** Returns the objects of the cluster of a transport. */
export function sharedObjects(transport: KubeTransport, signal: AbortSignal): SharedObjects {
  const write = async <T>(sending: Promise<T>): Promise<Write<T>> => {
    try {
      return { type: 'done', object: await sending };
    } catch (error) {
      if (error instanceof UpstreamApiError && error.code === 409) return { type: 'conflict' };
      throw error;
    }
  };
  return {
    get: async <T>(path: string) => {
      try {
        return await transport.get<T>(path, { signal });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    create: <T>(path: string, body: T) => write(transport.send<T>(path, { method: 'POST', body, signal })),
    update: <T>(path: string, body: T) => write(transport.send<T>(path, { method: 'PUT', body, signal })),
    patch: <T>(path: string, body: VersionedObject) => {
      const contentType = 'application/merge-patch+json';
      return write(transport.send<T>(path, { method: 'PATCH', body, contentType, signal }));
    },
  };
}

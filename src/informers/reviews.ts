/**
 * Implements the reviews of `collection/upstream.ts`: requests that a cluster evaluates and does not store.
 * @module
 */
import type { UpstreamResource, UpstreamReviewResult } from './collection/upstream.ts';
import { resourcePath } from './kube-list-watch.ts';
import type { KubeTransport } from './kube-transport.ts';
import { isUnreadable } from './request-failure.ts';
import { failedResult } from './user-writes.ts';

/** The maximum size of a review with its status, in bytes: its user can have thousands of groups. */
const MAX_REVIEW_BYTES = 16 * 1024 * 1024;

/** Creates a review with the credentials of the transport. @throws the reason of the signal */
export async function sendReview(
  transport: KubeTransport,
  resource: UpstreamResource,
  body: object,
  signal: AbortSignal,
): Promise<UpstreamReviewResult> {
  try {
    const object = await transport.send<unknown>(resourcePath(resource), {
      method: 'POST',
      body,
      signal,
      maxResponseBytes: MAX_REVIEW_BYTES,
    });
    return { type: 'done', object };
  } catch (error) {
    if (signal.aborted) throw error;
    return isUnreadable(error) ? { type: 'unreadable', cause: error } : failedResult(error);
  }
}

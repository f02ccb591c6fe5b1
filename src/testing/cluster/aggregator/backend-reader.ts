import { LinkedAbort } from '../../../abort.ts';
import type { IncomingHttpHeaders } from 'node:http';

import type { Clock } from '../../../clock.ts';
import type { UserInfo } from '../users.ts';
import type { BackendConnection } from './backend-connection.ts';
import { identityHeaders } from './proxy-request.ts';

/** The aggregator itself, where it asks for availability and aggregated discovery. */
export const AGGREGATOR: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };
/** The same for legacy discovery: without groups, so a backend has to add `system:authenticated` itself. */
export const AGGREGATOR_WITHOUT_GROUPS: UserInfo = { name: 'system:kube-aggregator', groups: [] };
/** The poller of OpenAPI documents. */
export const OPENAPI_AGGREGATOR: UserInfo = { name: 'system:aggregator', groups: [] };

/** A whole answer. */
export interface Document {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface ReadOptions {
  readonly path: string;
  readonly user: UserInfo;
  readonly accept?: string | undefined;
  readonly etag?: string | undefined;
  /** Milliseconds until it is given up. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Longer documents are refused: nobody's discovery or OpenAPI is. */
const MAX_LENGTH = 64 * 1024 * 1024;

/** GETs a document as one of the aggregator's own identities. Rejects without an answer in time; any status is an answer. */
export async function readDocument(backend: BackendConnection, options: ReadOptions): Promise<Document> {
  const { path, user, accept, etag, timeout, clock, signal } = options;
  const lifetime = new LinkedAbort(signal);
  const cancelTimer = clock.schedule(timeout, () =>
    lifetime.abort(new Error(`Get "${path}": no answer within ${timeout / 1000} s`)),
  );
  try {
    const answer = await backend.request({
      method: 'GET',
      path,
      headers: {
        ...identityHeaders(user),
        ...(accept === undefined ? {} : { accept }),
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
      },
      signal: lifetime.signal,
    });
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of answer.body as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > MAX_LENGTH) throw new Error(`Get "${path}": the document is longer than ${MAX_LENGTH} bytes`);
      parts.push(part);
    }
    lifetime.signal.throwIfAborted();
    return { status: answer.status, headers: answer.headers, text: Buffer.concat(parts).toString('utf8') };
  } finally {
    cancelTimer();
    lifetime.unlink();
  }
}

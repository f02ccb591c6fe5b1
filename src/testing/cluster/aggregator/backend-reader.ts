/**
 * Requests of the aggregator itself to a backend, with its own identities and a timeout.
 * @module
 */
import { LinkedAbort } from '../../../abort.ts';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../../clock.ts';
import type { UserInfo } from '../access/users.ts';
import type { BackendConnection } from './backend-connection.ts';
import { identityHeaders } from './proxy-request.ts';

/** The identity for checks of availability and for aggregated discovery. */
export const AGGREGATOR: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };
/** The identity for legacy discovery. It has no groups: the backend itself adds `system:authenticated`. */
export const AGGREGATOR_WITHOUT_GROUPS: UserInfo = { name: 'system:kube-aggregator', groups: [] };
/** The identity for OpenAPI documents. */
export const OPENAPI_AGGREGATOR: UserInfo = { name: 'system:aggregator', groups: [] };

/** A complete response. */
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
  /** The timeout in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The maximum length of a document in bytes. */
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;

/**
 * Reads a document with one of the aggregator's identities. It resolves with any status, and rejects if there is no
 * complete response within the timeout.
 */
export async function readDocument(backend: BackendConnection, options: ReadOptions): Promise<Document> {
  const { path, user, accept, etag, timeout, clock, signal } = options;
  const lifetime = new LinkedAbort(signal);
  const cancelTimer = clock.schedule(timeout, () =>
    lifetime.abort(new Error(`Get "${path}": no response within ${timeout / 1000} s`)),
  );
  try {
    const response = await backend.request({
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
    for await (const part of response.body as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > MAX_DOCUMENT_BYTES)
        throw new Error(`Get "${path}": the document is longer than ${MAX_DOCUMENT_BYTES} bytes`);
      parts.push(part);
    }
    lifetime.signal.throwIfAborted();
    return { status: response.status, headers: response.headers, text: Buffer.concat(parts).toString('utf8') };
  } finally {
    cancelTimer();
    lifetime.unlink();
  }
}

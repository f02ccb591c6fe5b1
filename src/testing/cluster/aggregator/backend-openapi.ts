import type { Clock } from '../../../clock.ts';
import type { BackendConnection } from './backend-connection.ts';
import { OPENAPI_AGGREGATOR, readDocument } from './backend-reader.ts';

/** A document and its ETag, for the next poll. */
export interface OpenApiDocument {
  readonly etag: string | undefined;
  readonly document: Readonly<Record<string, unknown>>;
}

const TIMEOUT = 60_000;

/**
 * Reads `/openapi/v2`, or the root document `/openapi/v3` (api-semantics 5.5, 5.6). Undefined if the backend has none (404);
 * rejects for everything else that is not a document.
 */
export async function readOpenApi(
  backend: BackendConnection,
  path: '/openapi/v2' | '/openapi/v3',
  before: OpenApiDocument | undefined,
  context: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<OpenApiDocument | undefined> {
  const { status, headers, text } = await readDocument(backend, {
    path,
    user: OPENAPI_AGGREGATOR,
    accept: path === '/openapi/v2' ? 'application/json' : undefined,
    etag: before?.etag,
    timeout: TIMEOUT,
    ...context,
  });
  if (status === 304 && before !== undefined) return before;
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`GET ${path}: status ${status}`);
  return { etag: headers.etag, document: JSON.parse(text) as Readonly<Record<string, unknown>> };
}

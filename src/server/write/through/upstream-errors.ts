/**
 * The errors that a client receives when the cluster does not write the object behind a row. They name the row, which the client has
 * requested, and contain the message of the cluster, which names the source.
 * @module
 */
import type { UpstreamResult, UpstreamStatus } from '../../../informers/collection/upstream.ts';
import { unreachable } from '../../../unreachable.ts';
import { clientText } from '../../wire/client-text.ts';
import { quoted } from '../../wire/quote.ts';
import {
  ApiError,
  badRequest,
  conflict,
  forbidden,
  notFound,
  requestEntityTooLarge,
  serviceUnavailable,
  timeout,
  tooManyRequests,
} from '../../wire/status.ts';
import { groupResourceOf, type WrittenKind } from '../../wire/writes/written-kind.ts';

/** The result of a write that was not done. */
export type UpstreamFailure = Exclude<UpstreamResult, { readonly type: 'done' }>;

/** The row of a write, and the object behind it. */
export interface WrittenRow {
  readonly kind: WrittenKind;
  readonly name: string;
  /** The name of the object in messages: `pods "web"`. */
  readonly source: string;
  /** Whether the row has the identity of the object. */
  readonly isPrimary: boolean;
}

/** The resources that the cluster names when it refuses an impersonation. */
const IMPERSONATED_RESOURCES: ReadonlySet<string> = new Set([
  'users',
  'groups',
  'serviceaccounts',
  'uids',
  'userextras',
]);
/** The `Retry-After` of errors for which the cluster sends none. */
const RETRY_SECONDS = 1;

/** Translates the failure of a write into the error of the client. */
export function upstreamError(failure: UpstreamFailure, row: WrittenRow): ApiError {
  switch (failure.type) {
    case 'refused':
      return refusedError(failure, row);
    case 'unreachable':
      return serviceUnavailable(
        `${row.source} cannot be written now: ${clientText(failure.cause.message)}`,
        RETRY_SECONDS,
        failure.cause,
      );
    case 'unknown':
      // There is no Retry-After: a client that retries automatically could write twice.
      return timeout(
        `it is unknown whether ${row.source} was written: ${clientText(failure.cause.message)}`,
        0,
        failure.cause,
      );
    default:
      return unreachable(failure);
  }
}

function refusedError(
  { code, status, retryAfterSeconds }: UpstreamResult & { readonly type: 'refused' },
  row: WrittenRow,
): ApiError {
  const { kind, name, source } = row;
  const resource = groupResourceOf(kind);
  const message = status.message ?? `the cluster responded with ${code}`;
  // A refusal is about the object of the client, and may quote it. Other errors may name servers of the cluster, such as webhooks.
  const text = code >= 500 ? clientText(message) : message;
  const reason = `it is made from ${source}, and ${text}`;
  switch (code) {
    case 400:
      return badRequest(`${source} was not written: ${text}`);
    case 401:
      return serviceUnavailable(`${source} was not written: the cluster rejected the credentials of this server`);
    case 403:
      return isImpersonationError(status)
        ? forbidden(
            resource,
            name,
            `it is made from ${source}, and this server may not impersonate users there: ${text}`,
          )
        : forbidden(resource, name, reason);
    case 404:
    case 410:
      return row.isPrimary
        ? notFound(resource, name)
        : conflict(resource, name, `it is made from ${source}, which no longer exists: ${text}`);
    case 409:
      return conflict(resource, name, reason);
    case 413:
      return requestEntityTooLarge(undefined, `${source} was not written: ${text}`);
    case 422:
      return unprocessable(status, row, reason);
    case 429:
      return tooManyRequests(`${source} was not written: ${text}`, retryAfterSeconds ?? RETRY_SECONDS);
    case 503:
      return serviceUnavailable(`${source} was not written: ${text}`, retryAfterSeconds ?? RETRY_SECONDS);
    default:
      if (code < 500) return badRequest(`${source} was not written: ${text}`);
      // A response with Retry-After says that a retry is safe.
      return retryAfterSeconds === undefined
        ? timeout(`it is unknown whether ${source} was written: ${text}`)
        : serviceUnavailable(`${source} was not written: ${text}`, retryAfterSeconds);
  }
}

function isImpersonationError({ details, message = '' }: UpstreamStatus): boolean {
  return message.includes(' cannot impersonate ') || IMPERSONATED_RESOURCES.has(details?.kind ?? '');
}

/** Returns a 422 with the causes of the cluster. Their fields are those of the source. */
function unprocessable({ details }: UpstreamStatus, { kind, name }: WrittenRow, reason: string): ApiError {
  const message = `${kind.kind}.${kind.group} ${quoted(name)} is invalid: ${reason}`;
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'Invalid',
    details: { name, group: kind.group, kind: kind.kind, causes: details?.causes },
    code: 422,
  });
}

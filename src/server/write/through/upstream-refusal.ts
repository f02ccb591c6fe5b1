/**
 * What clients are told of what the cluster says of a write of a source: with the name of the row, which is what they asked for, and
 * the cluster's own words, which are of the source.
 * @module
 */
import type { UpstreamResult, UpstreamStatus } from '../../../informers/collection/upstream.ts';
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
import { maxBodyBytes } from '../../wire/body.ts';
import { unreachable } from '../../../unreachable.ts';
import { groupResourceOf, type WrittenKind } from '../../wire/writes/written-kind.ts';

/** How a write that was not done ended. */
export type UpstreamFailure = Exclude<UpstreamResult, { readonly type: 'done' }>;

/** The row of a write, and what is written instead. */
export interface WrittenRow {
  readonly kind: WrittenKind;
  readonly name: string;
  /** `pods "web"` */
  readonly source: string;
  /** Whether the row is there because of it. */
  readonly isPrimary: boolean;
}

/** Of what a user is made: what a server that may not impersonate is refused. */
const PARTS_OF_USERS: ReadonlySet<string> = new Set(['users', 'groups', 'serviceaccounts', 'uids', 'userextras']);
const RETRY_SECONDS = 1;

/** The answer to the client. */
export function upstreamRefusal(answer: UpstreamFailure, row: WrittenRow): ApiError {
  switch (answer.type) {
    case 'refused':
      return refusal(answer, row);
    case 'unreachable':
      return serviceUnavailable(`${row.source} cannot be written now: ${answer.cause.message}`, RETRY_SECONDS);
    case 'unknown':
      // Without Retry-After: a client that asks again by itself could do it twice.
      return timeout(`whether ${row.source} was written is not known: ${answer.cause.message}`);
    default:
      return unreachable(answer);
  }
}

function refusal(
  { code, status, retryAfterSeconds }: UpstreamResult & { readonly type: 'refused' },
  row: WrittenRow,
): ApiError {
  const { kind, name, source } = row;
  const resource = groupResourceOf(kind);
  const said = status.message ?? `the cluster answered ${code}`;
  const why = `it is made from ${source}, and ${said}`;
  switch (code) {
    case 400:
      return badRequest(`${source} was not written: ${said}`);
    case 401:
      return serviceUnavailable(`${source} was not written: the cluster does not know this server any more`);
    case 403:
      return isOfImpersonation(status)
        ? forbidden(resource, name, `it is made from ${source}, and this server may not act for others there: ${said}`)
        : forbidden(resource, name, why);
    case 404:
    case 410:
      return row.isPrimary
        ? notFound(resource, name)
        : conflict(resource, name, `it is made from ${source}, which is not there any more: ${said}`);
    case 409:
      return conflict(resource, name, why);
    case 413:
      return requestEntityTooLarge(maxBodyBytes);
    case 422:
      return unprocessable(status, row, why);
    case 429:
      return tooManyRequests(`${source} was not written: ${said}`, retryAfterSeconds ?? RETRY_SECONDS);
    case 503:
      return serviceUnavailable(`${source} was not written: ${said}`, retryAfterSeconds ?? RETRY_SECONDS);
    default:
      if (code < 500) return badRequest(`${source} was not written: ${said}`);
      // Who says when to come back says that it may be asked again.
      return retryAfterSeconds === undefined
        ? timeout(`whether ${source} was written is not known: ${said}`)
        : serviceUnavailable(`${source} was not written: ${said}`, retryAfterSeconds);
  }
}

function isOfImpersonation({ details, message = '' }: UpstreamStatus): boolean {
  return message.includes(' cannot impersonate ') || PARTS_OF_USERS.has(details?.kind ?? '');
}

/** Causes are told as they are: their fields are those of the source. */
function unprocessable({ details }: UpstreamStatus, { kind, name }: WrittenRow, why: string): ApiError {
  const message = `${kind.kind}.${kind.group} ${quoted(name)} is invalid: ${why}`;
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

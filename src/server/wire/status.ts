/**
 * The errors of the API, one function each, and the response to a completed delete (Status of meta/v1; apimachinery's
 * api/errors). The file is long because the functions form one catalog, in the order of apimachinery's.
 * @module
 */
import { ApiError, type ApiErrorOptions, type Status, type StatusCause, type StatusDetails } from './api-error.ts';
import type { GroupKind, GroupResource } from './object.ts';
import { quoted, shortened } from './quote.ts';

export { ApiError } from './api-error.ts';
export type { ApiErrorOptions, Status, StatusCause, StatusDetails } from './api-error.ts';

/** The maximum number of causes in a response. A message names those only. */
const MAX_CAUSES = 100;
/** The maximum number of characters of a message. The texts of the client in it are cut before (`quoted`). */
const MAX_MESSAGE = 16_384;

interface Failure extends ApiErrorOptions {
  readonly details?: StatusDetails | undefined;
  readonly continueToken?: string | undefined;
}

/** Returns the details with keys in upstream's order. Empty fields are omitted, like Go's encoder does. */
function detailsOf({ name, group, kind, uid, causes, retryAfterSeconds }: StatusDetails): StatusDetails {
  return {
    ...(name ? { name: shortened(name) } : {}),
    ...(group ? { group } : {}),
    ...(kind ? { kind } : {}),
    ...(uid ? { uid } : {}),
    ...(causes && causes.length > 0 ? { causes: causes.slice(0, MAX_CAUSES) } : {}),
    ...(retryAfterSeconds ? { retryAfterSeconds } : {}),
  };
}

function failure(
  code: number,
  reason: string | undefined,
  message: string,
  { details, continueToken, ...options }: Failure = {},
): ApiError {
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: continueToken === undefined ? {} : { continue: continueToken },
    status: 'Failure',
    message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)} ...` : message,
    ...(reason === undefined ? {} : { reason }),
    ...(details ? { details: detailsOf(details) } : {}),
    code,
  };
  const seconds = details?.retryAfterSeconds ?? 0;
  return new ApiError(
    status,
    seconds > 0 ? { ...options, headers: { ...options.headers, 'Retry-After': String(seconds) } } : options,
  );
}

const qualified = (name: string, group: string): string => (group === '' ? name : `${name}.${group}`);
const resourceText = ({ group, resource }: GroupResource): string => qualified(resource, group);
function resourceDetails({ group, resource }: GroupResource, name: string): StatusDetails {
  return {
    name,
    group,
    kind: resource,
  };
}

/** 400. The server cannot understand the request. */
export function badRequest(message: string, options?: { readonly cause?: unknown }): ApiError {
  return failure(400, 'BadRequest', message, options);
}

/** 401. The request contains a credential that is not valid. */
export function unauthorized(): ApiError {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

/** 403. `name` may be empty. */
export function forbidden(
  resource: GroupResource,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): ApiError {
  const subject =
    resource.resource === '' && resource.group === ''
      ? ''
      : `${resourceText(resource)}${name === '' ? '' : ` ${quoted(name)}`} is `;
  return failure(403, 'Forbidden', `${subject}forbidden: ${why}`, {
    details: { ...resourceDetails(resource, name), causes },
  });
}

/** 404. The object does not exist. */
export function notFound(resource: GroupResource, name: string): ApiError {
  return failure(404, 'NotFound', `${resourceText(resource)} ${quoted(name)} not found`, {
    details: resourceDetails(resource, name),
  });
}

/** 404. The resource or path does not exist. */
export function routeNotFound(): ApiError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', { details: {} });
}

export interface MethodNotAllowedOptions {
  /** With `verb`, the message names the resource and the verb that it does not support. Without it, the message is the router's. */
  readonly resource?: GroupResource | undefined;
  readonly verb?: string | undefined;
  /** HTTP methods for the `Allow` header, which RFC 9110 requires. */
  readonly allow?: readonly string[] | undefined;
}

/** 405. The resource does not support the verb or the HTTP method. */
export function methodNotAllowed({ resource, verb, allow }: MethodNotAllowedOptions = {}): ApiError {
  const message =
    resource !== undefined && verb !== undefined
      ? `${verb} is not supported on resources of kind ${quoted(resourceText(resource))}`
      : 'the server does not allow this method on the requested resource';
  const details = resource === undefined ? {} : resourceDetails(resource, '');
  return failure(405, 'MethodNotAllowed', message, {
    details,
    headers: allow === undefined ? {} : { Allow: allow.join(', ') },
  });
}

/** 406. The client accepts no media type that the server can send. */
export function notAcceptable(accepted: readonly string[], message?: string): ApiError {
  return failure(
    406,
    'NotAcceptable',
    message ?? `only the following media types are accepted: ${accepted.join(', ')}`,
  );
}

/** 409 of a create. An object with this name exists. */
export function alreadyExists(
  resource: GroupResource,
  name: string,
  { isTerminating = false }: { readonly isTerminating?: boolean | undefined } = {},
): ApiError {
  const text = `${resourceText(resource)} ${quoted(name)} already exists`;
  const message = isTerminating ? `object is being deleted: ${text}` : text;
  return failure(409, 'AlreadyExists', message, { details: resourceDetails(resource, name) });
}

/** 409 of a create with generateName. `name` is the last generated name. */
export function generateNameConflict(resource: GroupResource, name: string): ApiError {
  const why = 'the server was not able to generate a unique name for the object';
  return failure(409, 'AlreadyExists', `${resourceText(resource)} ${quoted(name)} already exists, ${why}`, {
    details: { ...resourceDetails(resource, name), retryAfterSeconds: 1 },
  });
}

/** 409 of a write whose object has changed, or whose precondition does not hold. */
export function conflict(
  resource: GroupResource,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): ApiError {
  return failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${resourceText(resource)} ${quoted(name)}: ${why}`,
    {
      details: { ...resourceDetails(resource, name), causes },
    },
  );
}

/**
 * 410. A resourceVersion or continue token is too old. With `continueToken` (rv -1) the client can continue the list with a consistent
 * state.
 */
export function expired(message: string, continueToken?: string): ApiError {
  return failure(410, 'Expired', message, { continueToken });
}

function tooLargeText(requested: bigint, current: bigint): string {
  return `Timeout: Too large resource version: ${requested}, current: ${current}`;
}
const tooLargeDetails: StatusDetails = {
  causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
  retryAfterSeconds: 1,
};

/** 504. The state did not reach the requested resourceVersion in time (conformance 1.2). */
export function tooLargeResourceVersion(requested: bigint, current: bigint): ApiError {
  return failure(504, 'Timeout', tooLargeText(requested, current), { details: tooLargeDetails });
}

/** 504. The request took too long. `message` follows `Timeout: `. The log shows `cause`. */
export function timeout(message: string, retryAfterSeconds = 0, cause?: unknown): ApiError {
  return failure(504, 'Timeout', `Timeout: ${message}`, { details: { retryAfterSeconds }, cause });
}

/** 413. A body, or an object, has more than `limit` bytes. `problem` describes it if the limit is not known. */
export function requestEntityTooLarge(limit: number | undefined, problem = 'the limit is not known'): ApiError {
  const text = limit === undefined ? problem : `limit is ${limit}`;
  return failure(413, 'RequestEntityTooLarge', `Request entity too large: ${text}`);
}

/** 413. The body has more than `limit` values. */
export function tooManyValues(limit: number): ApiError {
  return failure(
    413,
    'RequestEntityTooLarge',
    `Request entity too large: the body has more than ${limit} values, where those after the first 1000 of an object or array count three times`,
  );
}

/** 413. The body is YAML with more than `limit` tokens. */
export function tooManyTokens(limit: number): ApiError {
  return failure(413, 'RequestEntityTooLarge', `Request entity too large: the YAML has more than ${limit} tokens`);
}

/** 413 of a JSON patch whose operations move or visit too many values. */
export function tooMuchPatchWork(limit: number): ApiError {
  return failure(
    413,
    'RequestEntityTooLarge',
    `Request entity too large: the JSON patch takes more than ${limit} steps`,
  );
}

/** 413 of a JSON patch with too many operations. */
export function tooManyOperations(limit: number, actual: number): ApiError {
  return failure(
    413,
    'RequestEntityTooLarge',
    `Request entity too large: The allowed maximum operations in a JSON patch is ${limit}, got ${actual}`,
  );
}

/** 415. The server does not accept the media type of the body. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

/** 422. The functions of `field-error.ts` make the causes, one for each wrong field. */
export function invalid(kind: GroupKind, name: string, causes: readonly StatusCause[]): ApiError {
  // Upstream's aggregate prints equal texts once, and puts brackets around several texts.
  const texts = [
    ...new Set(causes.slice(0, MAX_CAUSES).map(({ field, message }) => `${field ?? ''}: ${message ?? ''}`)),
  ];
  const why = texts.length === 1 ? texts.join('') : `[${texts.join(', ')}]`;
  return failure(422, 'Invalid', `${qualified(kind.kind, kind.group)} ${quoted(name)} is invalid: ${why}`, {
    details: { name, group: kind.group, kind: kind.kind, causes },
  });
}

/** 422 without details, like upstream's response to a JSON patch that cannot be applied. Only `cause` contains the reason. */
export function unprocessable(cause?: unknown): ApiError {
  return failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {
    details: {},
    cause,
  });
}

/** 429. The client must wait before it tries again. */
export function tooManyRequests(message: string, retryAfterSeconds: number): ApiError {
  return failure(429, 'TooManyRequests', message, { details: { retryAfterSeconds } });
}

/** 431, as Go's server sends it. The request line or the headers are too large. */
export function requestHeaderFieldsTooLarge(message: string): ApiError {
  return failure(431, undefined, message);
}

/** 500. The client sees `message`: it must not contain internals of the server. */
export function internalError(message: string, options?: { readonly cause?: unknown }): ApiError {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, {
    ...options,
    details: { causes: [{ message }] },
  });
}

/** 503. The server cannot handle the request at this time. The log shows `cause`. */
export function serviceUnavailable(message: string, retryAfterSeconds = 0, cause?: unknown): ApiError {
  const details = retryAfterSeconds > 0 ? { details: { retryAfterSeconds } } : {};
  return failure(503, 'ServiceUnavailable', message, { ...details, cause });
}

/** Returns an ApiError unchanged. All other errors become a 500 with the error as `cause`; the client sees none of it. */
export function apiErrorOf(error: unknown): ApiError {
  return error instanceof ApiError
    ? error
    : internalError("the request failed, the reason is in the server's log", { cause: error });
}

/** Returns the Status for an error; see `apiErrorOf`. */
export function statusOf(error: unknown): Status {
  return apiErrorOf(error).status;
}

/** 200. The object is deleted (conformance 6.5). `kubectl delete --wait` reads the uid. */
export function deletedStatus(resource: GroupResource, name: string, uid: string | undefined): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: detailsOf({ ...resourceDetails(resource, name), uid }),
  };
}

/**
 * The handling of every request: authentication, impersonation and authorization, then the API handler or the aggregator.
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import { requestInfo } from '../../server/wire/request-info.ts';
import { badRequest, unauthorized } from '../../server/wire/status.ts';
import type { Aggregator } from './aggregator/aggregator.ts';
import type { ClientRequest, ClientResponse } from './aggregator/proxy.ts';
import type { ApiHandler } from './http/api-handler.ts';
import { requireAllowed, type Access, type AccessDecider } from './access/authorization.ts';
import type { ApiResponse } from './http/exchange.ts';
import { sendError } from './http/responses.ts';
import {
  ANONYMOUS,
  AUTHENTICATED_GROUP,
  type AuthenticationRequest,
  type UserInfo,
  type Users,
} from './access/users.ts';

export interface RequestsOptions {
  readonly users: Users;
  readonly decide: AccessDecider;
  readonly aggregator: Aggregator;
  readonly api: ApiHandler;
}

/**
 * Returns the function that handles all requests of the cluster. It authenticates the user (401), authorizes the
 * request (403), and passes the request to the API handler or to a server behind the aggregator. Never rejects.
 */
export function requests({
  users,
  decide,
  aggregator,
  api,
}: RequestsOptions): (request: ClientRequest, response: ClientResponse) => Promise<void> {
  return async (request, response) => {
    const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
    const method = request.method ?? 'GET';
    const query = new URLSearchParams(search);
    // The response types of the two protocols agree in the members used here, but not in their overloads.
    const apiResponse = response as unknown as ApiResponse;
    let user: UserInfo | undefined;
    try {
      user = users.authenticate(request as AuthenticationRequest);
      if (user === undefined) throw unauthorized();
      user = await effectiveUser(user, request.headers, decide);
      await requireAllowed(decide, user, requestInfo(method, path, query));
    } catch (error) {
      const info = { type: 'nonResource', path, verb: method.toLowerCase() } as const;
      const exchange = { request, response: apiResponse, method, path, query, info, user: user ?? ANONYMOUS };
      await sendError(exchange, error).catch(() => apiResponse.destroy());
      return;
    }
    const apiService = aggregator.route(path);
    if (apiService === undefined) await api.handle(request, apiResponse, user);
    else await aggregator.proxy(apiService, request, response, user);
  };
}

const EXTRA = 'impersonate-extra-';

/**
 * Returns the user of a request: the one of `Impersonate-User`, or the authenticated one.
 * @throws ApiError 403 if the authenticated user may not impersonate; 400 if there are groups, a uid or extras
 * without a user
 */
async function effectiveUser(user: UserInfo, headers: IncomingHttpHeaders, decide: AccessDecider): Promise<UserInfo> {
  const name = headers['impersonate-user'];
  if (typeof name !== 'string' || name === '') {
    if (Object.keys(headers).some((header) => header.startsWith('impersonate-')))
      throw badRequest('requested impersonation without a user: Impersonate-User is missing');
    return user;
  }
  await requireAllowed(decide, user, impersonation(name));
  const uid = headers['impersonate-uid'];
  return {
    name,
    groups: [...new Set([...valuesOf(headers['impersonate-group']), AUTHENTICATED_GROUP])],
    ...(typeof uid === 'string' ? { uid } : {}),
    extra: Object.fromEntries(
      Object.entries(headers)
        .filter(([header]) => header.startsWith(EXTRA))
        .map(([header, value]) => [decodeURIComponent(header.slice(EXTRA.length)), valuesOf(value)]),
    ),
  };
}

const impersonation = (name: string): Access => ({
  type: 'resource',
  verb: 'impersonate',
  group: '',
  version: '',
  resource: 'users',
  subresource: '',
  namespace: '',
  name,
});

/** Returns the values of a header. Node joins repeated headers with commas. */
const valuesOf = (value: string | readonly string[] | undefined): readonly string[] =>
  [value ?? []].flat().flatMap((one) => one.split(', '));

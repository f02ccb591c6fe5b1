import type { IncomingHttpHeaders } from 'node:http';

import { requestInfo } from '../../server/wire/request-info.ts';
import { badRequest, unauthorized } from '../../server/wire/status.ts';
import type { Aggregator } from './aggregator/aggregator.ts';
import type { ClientRequest, ClientResponse } from './aggregator/proxy.ts';
import type { ApiHandler } from './api-handler.ts';
import { requireAllowed } from './authorization.ts';
import type { Access, Authorizer } from './authorization.ts';
import type { ApiResponse } from './exchange.ts';
import { sendError } from './responses.ts';
import { ANONYMOUS, AUTHENTICATED_GROUP } from './users.ts';
import type { AuthenticationRequest, UserInfo, Users } from './users.ts';

export interface RequestsOptions {
  readonly users: Users;
  readonly decide: Authorizer;
  readonly aggregator: Aggregator;
  readonly api: ApiHandler;
}

/**
 * The way of a request through the cluster: who is it (401), may they (403), and who answers, the cluster itself or a server
 * behind the aggregator. Never rejects.
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
    // The types of the two protocols' responses agree in what is used of them, not in their overloads.
    const answer = response as unknown as ApiResponse;
    let user: UserInfo | undefined;
    try {
      user = users.authenticate(request as AuthenticationRequest);
      if (user === undefined) throw unauthorized();
      user = await effectiveUser(user, request.headers, decide);
      await requireAllowed(decide, user, requestInfo(method, path, query));
    } catch (error) {
      const info = { type: 'nonResource', path, verb: method.toLowerCase() } as const;
      const exchange = { request, response: answer, method, path, query, info, user: user ?? ANONYMOUS };
      await sendError(exchange, error).catch(() => answer.destroy());
      return;
    }
    const apiService = aggregator.route(path);
    if (apiService === undefined) await api.handle(request, answer, user);
    else await aggregator.proxy(apiService, request, response, user);
  };
}

const EXTRA = 'impersonate-extra-';

/**
 * The user a request is to be made as: the one of `Impersonate-*`, if there is one and the real user may impersonate users.
 * Throws a 403 otherwise; a 400 if there are groups, a uid or extras without a user.
 */
export async function effectiveUser(
  user: UserInfo,
  headers: IncomingHttpHeaders,
  decide: Authorizer,
): Promise<UserInfo> {
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
    groups: [...new Set([...values(headers['impersonate-group']), AUTHENTICATED_GROUP])],
    ...(typeof uid === 'string' ? { uid } : {}),
    extra: Object.fromEntries(
      Object.entries(headers)
        .filter(([header]) => header.startsWith(EXTRA))
        .map(([header, value]) => [decodeURIComponent(header.slice(EXTRA.length)), values(value)]),
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

/** Node joins what is sent several times. */
const values = (value: string | readonly string[] | undefined): readonly string[] =>
  [value ?? []].flat().flatMap((one) => one.split(', '));

import { requestInfo } from '../../server/wire/request-info.ts';
import { unauthorized } from '../../server/wire/status.ts';
import type { Aggregator } from './aggregator/aggregator.ts';
import type { ClientRequest, ClientResponse } from './aggregator/proxy.ts';
import type { ApiHandler } from './api-handler.ts';
import { requireAllowed } from './authorization.ts';
import type { Authorizer } from './authorization.ts';
import type { ApiResponse } from './exchange.ts';
import { effectiveUser } from './impersonation.ts';
import { sendError } from './responses.ts';
import { ANONYMOUS } from './users.ts';
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

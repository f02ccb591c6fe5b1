/**
 * The authorization of requests for rows whose resource has `authorize`: by the rights to the sources of the rows.
 * @module
 */
import type { User } from '../define/request-context.ts';
import type { SourceAccess } from '../define/source-access.ts';
import type { UpstreamResource } from '../../informers/collection/upstream.ts';
import { type Access, accessDenied } from '../wire/access-denied.ts';
import type { SelectorLimits } from '../wire/limits.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import type { ReviewedDecision, ServerAuthorization } from './server-authorization.ts';

/** A request for rows. */
export interface SourceRequest {
  readonly user: User;
  readonly info: ResourceRequestInfo;
  readonly access: SourceAccess;
  readonly limits: SelectorLimits;
}

/** An allowed action on a source, with its decision. */
export interface SourceDecision {
  readonly access: Access;
  readonly decision: ReviewedDecision;
}

/** The reviews have no selectors, because the selectors of a request select rows and not objects of sources. */
const NO_SELECTORS = new URLSearchParams();

/** Whether a request shows only the rows that its caller may see, so that it does not need the rights in all namespaces. */
export function isLimitedToRows({ verb, namespace }: ResourceRequestInfo, { mode }: SourceAccess): boolean {
  return mode === 'rows' && namespace === '' && (verb === 'list' || verb === 'watch');
}

/**
 * Checks that the user of a request has its verb on all sources that the request needs.
 * @returns the decisions, which can change while a watch is open
 * @throws ApiError 403 that names the source, and 503 if a decision is not known
 */
export async function authorizeSources(
  server: Pick<ServerAuthorization, 'decide'>,
  { user, info, access, limits }: SourceRequest,
): Promise<SourceDecision[]> {
  const inNamespace = isLimitedToRows(info, access) ? [] : access.inNamespace;
  const needed = [
    ...inNamespace.map((source) => accessTo(source, info.verb, info.namespace)),
    ...access.everywhere.map((source) => accessTo(source, info.verb, '')),
  ];
  const decided = await Promise.all(
    needed.map(async (one) => ({
      access: one,
      decision: await server.decide({ user, info: one, query: NO_SELECTORS, limits }),
    })),
  );
  for (const { access: one, decision } of decided) {
    if (!decision.allowed) throw accessDenied(user.name, one, decision.reason);
  }
  return decided;
}

/** Returns the action on all objects of a source. @param namespace empty for all namespaces */
export function accessTo({ group, version, resource }: UpstreamResource, verb: string, namespace: string): Access {
  return { type: 'resource', verb, group, version, resource, subresource: '', namespace, name: '' };
}

/**
 * The 403 of a request that its user may not send (conformance 7.5).
 * @module
 */
import { quoted, shortened } from './quote.ts';
import { ApiError, forbidden } from './status.ts';

/** An action that a user requests. Fields that do not apply are empty. A `RequestInfo` is an `Access`, too. */
export type Access =
  | {
      readonly type: 'resource';
      readonly verb: string;
      readonly group: string;
      readonly version: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly type: 'nonResource'; readonly verb: string; readonly path: string };

/**
 * Returns the 403 for a denied request.
 * @param reason the reason that the authorizer gave, or the empty string
 */
export function accessDenied(user: string, access: Access, reason = ''): ApiError {
  const why = `${sanitized(deniedText(user, access))}${reason === '' ? '' : `: ${shortened(reason)}`}`;
  const { status } =
    access.type === 'resource'
      ? forbidden({ group: access.group, resource: access.resource }, access.name, why)
      : forbidden({ group: '', resource: '' }, '', why);
  return new ApiError(status, { headers: { 'X-Content-Type-Options': 'nosniff' } });
}

/** Escapes the user name and the path. They come from the client, and a browser must not read them as markup. */
function sanitized(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function deniedText(user: string, access: Access): string {
  const subject = `User ${quoted(user)} cannot ${access.verb}`;
  if (access.type === 'nonResource') return `${subject} path ${quoted(access.path)}`;
  const resource = access.subresource === '' ? access.resource : `${access.resource}/${access.subresource}`;
  const scope = access.namespace === '' ? 'at the cluster scope' : `in the namespace ${quoted(access.namespace)}`;
  return `${subject} resource ${quoted(resource)} in API group ${quoted(access.group)} ${scope}`;
}

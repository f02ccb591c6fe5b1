/**
 * The message of a 403 after a SubjectAccessReview that does not allow the request (api-semantics 7.5).
 * @module
 */
import { quoted } from './quote.ts';
import { ApiError, forbidden } from './status.ts';

/** The user and the access that was denied. Missing parts are empty strings, as in request info. */
export type DeniedAccess =
  | {
      readonly type: 'resource';
      readonly user: string;
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly type: 'nonResource'; readonly user: string; readonly verb: string; readonly path: string };

/** Escapes the user name and the path. They come from the client, and a browser must not read them as markup. */
function sanitized(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function deniedText(access: DeniedAccess): string {
  const subject = `User ${quoted(access.user)} cannot ${access.verb}`;
  if (access.type === 'nonResource') return `${subject} path ${quoted(access.path)}`;
  const resource = access.subresource === '' ? access.resource : `${access.resource}/${access.subresource}`;
  const scope = access.namespace === '' ? 'at the cluster scope' : `in the namespace ${quoted(access.namespace)}`;
  return `${subject} resource ${quoted(resource)} in API group ${quoted(access.group)} ${scope}`;
}

/**
 * Returns the 403 for a denied request.
 * @param reason the reason that the authorizer gave, or the empty string
 */
export function accessDenied(access: DeniedAccess, reason = ''): ApiError {
  const why = `${sanitized(deniedText(access))}${reason === '' ? '' : `: ${reason}`}`;
  const { status } =
    access.type === 'resource'
      ? forbidden({ group: access.group, resource: access.resource }, access.name, why)
      : forbidden({ group: '', resource: '' }, '', why);
  return new ApiError(status, { headers: { 'X-Content-Type-Options': 'nosniff' } });
}

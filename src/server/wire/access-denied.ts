import { quoted } from './quote.ts';
import { ApiError, forbidden } from './status.ts';

/** Who was denied what. Empty texts where there is nothing, as in request info. */
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

/** A user name or path is the client's own text: a browser must not read it as markup. */
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
 * 403 after a SubjectAccessReview that does not allow (api-semantics 7.5).
 *
 * @param reason what the authoriser gave as the reason, if anything
 */
export function accessDenied(access: DeniedAccess, reason = ''): ApiError {
  const why = `${sanitized(deniedText(access))}${reason === '' ? '' : `: ${reason}`}`;
  const { status } =
    access.type === 'resource'
      ? forbidden({ group: access.group, resource: access.resource }, access.name, why)
      : forbidden({ group: '', resource: '' }, '', why);
  return new ApiError(status, { headers: { 'X-Content-Type-Options': 'nosniff' } });
}

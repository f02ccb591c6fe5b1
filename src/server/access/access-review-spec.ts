/**
 * The spec of a SubjectAccessReview: the user of a request, and the action that the request asks for (conformance 7.4).
 * @module
 */
import type { User } from '../define/request-context.ts';
import type { Access } from '../wire/access-denied.ts';
import type { FieldSelector } from '../wire/field-selector.ts';
import type { ParsedLabelSelector } from '../wire/label-selector.ts';
import type { SelectorLimits } from '../wire/limits.ts';
import { listQuery } from '../wire/list-query.ts';

/** A requirement of a selector, in the form of `authorization.k8s.io/v1`. */
export interface ReviewedRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[] | undefined;
}

/** The selectors of a list, watch or deletecollection. */
interface ReviewedSelectors {
  readonly fieldSelector?: { readonly requirements: readonly ReviewedRequirement[] } | undefined;
  readonly labelSelector?: { readonly requirements: readonly ReviewedRequirement[] } | undefined;
}

/** An action on a resource. Members that do not apply are missing. */
export interface ResourceAttributes extends ReviewedSelectors {
  readonly namespace?: string | undefined;
  readonly verb?: string | undefined;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly resource?: string | undefined;
  readonly subresource?: string | undefined;
  readonly name?: string | undefined;
}

/** The spec of a SubjectAccessReview. It has either `resourceAttributes` or `nonResourceAttributes`. */
export interface AccessReviewSpec {
  readonly user: string;
  readonly groups?: readonly string[] | undefined;
  readonly uid?: string | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly resourceAttributes?: ResourceAttributes | undefined;
  /** `verb` is the HTTP method in lower case. */
  readonly nonResourceAttributes?: { readonly path: string; readonly verb: string } | undefined;
}

/** The verbs whose selectors are part of the spec. */
const SELECTING: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

/**
 * Returns the spec for a request. Its selectors are those that the server applies. A query that cannot be decoded has none: the spec then
 * asks for more than the request, which the route refuses with 400.
 */
export function accessReviewSpec(
  user: User,
  access: Access,
  query: URLSearchParams,
  limits: SelectorLimits,
): AccessReviewSpec {
  const { name, groups, uid, extra } = user;
  const subject = {
    user: name,
    ...(groups.length > 0 && { groups }),
    ...(uid !== undefined && uid !== '' && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
  if (access.type === 'nonResource') {
    return { ...subject, nonResourceAttributes: { path: access.path, verb: access.verb } };
  }
  const selectors = SELECTING.has(access.verb) ? selectorsOf(query, limits) : {};
  return {
    ...subject,
    resourceAttributes: {
      ...present('namespace', access.namespace),
      ...present('verb', access.verb),
      ...present('group', access.group),
      ...present('version', access.version),
      ...present('resource', access.resource),
      ...present('subresource', access.subresource),
      ...present('name', access.name),
      ...selectors,
    },
  };
}

function present<Name extends string>(name: Name, value: string): Partial<Record<Name, string>> {
  return value === '' ? {} : ({ [name]: value } as Record<Name, string>);
}

function selectorsOf(query: URLSearchParams, limits: SelectorLimits): ReviewedSelectors {
  if (!query.has('fieldSelector') && !query.has('labelSelector')) return {};
  let parsed;
  try {
    parsed = listQuery(query, limits);
  } catch {
    // The route parses the query again, and responds with the error.
    return {};
  }
  const fields = fieldRequirements(parsed.fieldSelector);
  const labels = labelRequirements(parsed.labelSelector);
  return {
    ...(fields.length > 0 && { fieldSelector: { requirements: fields } }),
    ...(labels.length > 0 && { labelSelector: { requirements: labels } }),
  };
}

function fieldRequirements({ requirements }: FieldSelector): ReviewedRequirement[] {
  return requirements.map(({ field, operator, value }) => ({
    key: field,
    operator: operator === '=' ? 'In' : 'NotIn',
    values: [value],
  }));
}

/** The API has no `Gt` and `Lt`. Without them the spec asks for more than the request, which is safe. */
function labelRequirements({ requirements }: ParsedLabelSelector): ReviewedRequirement[] {
  return requirements.flatMap(({ key, operator, values }) =>
    operator === 'Gt' || operator === 'Lt' ? [] : [{ key, operator, ...(values.length > 0 && { values }) }],
  );
}

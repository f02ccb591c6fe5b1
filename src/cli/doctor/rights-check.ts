/**
 * The check of the server's rights: one access review for each verb, resource and namespace.
 * @module
 */
import type { DefinitionFacts } from '../../definition/definition-facts.ts';
import { resourceName } from '../../informers/kube-list-watch.ts';
import { needsOf } from '../../server/define/api-definition.ts';
import { type AccessRule, isCollection } from '../../server/define/needs.ts';
import type { Outcome, Problem } from './check.ts';
import { counted } from './cluster-checks.ts';
import type { DoctorContext } from './context.ts';

/** Verbs that the server needs for one resource. */
interface NeededRight {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly verbs: readonly string[];
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly severity: Problem['severity'];
  /** The fix; undefined: a rule of a Role or a ClusterRole. */
  readonly fix?: string | undefined;
}

/** The right to read the configuration of the front proxy. */
const FRONT_PROXY: NeededRight = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  verbs: ['get', 'list', 'watch'],
  namespace: 'kube-system',
  name: 'extension-apiserver-authentication',
  severity: 'failed',
  fix: 'Bind the Role extension-apiserver-authentication-reader in kube-system to the account of the server, with a RoleBinding.',
};

/** The right to ask the cluster whether a caller is allowed. Without it, the server refuses every request. */
const ACCESS_REVIEWS: NeededRight = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
  verbs: ['create'],
  severity: 'failed',
  fix: 'Bind the ClusterRole system:auth-delegator to the account of the server, with a ClusterRoleBinding.',
};

/** The right to ask the cluster for the user of a bearer token. Without it, the server refuses every token. */
const TOKEN_REVIEWS: NeededRight = {
  ...ACCESS_REVIEWS,
  group: 'authentication.k8s.io',
  resource: 'tokenreviews',
};

/** Only a warning: the right can be limited to names, which the review for all users does not show. */
const IMPERSONATION: NeededRight = {
  group: '',
  version: 'v1',
  resource: 'users',
  verbs: ['impersonate'],
  severity: 'warning',
  fix: 'Grant the right to impersonate the users and the groups that write, as docs/real-cluster.md shows.',
};

/** Checks that the server may authenticate and authorize callers, read each source, and use the rights that its code declares. */
export async function rightsCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const module = context.find('module');
  const rights = [FRONT_PROXY, ACCESS_REVIEWS, TOKEN_REVIEWS, ...(module === undefined ? [] : rightsOf(module))];
  const problems = await Promise.all(rights.map((right) => problemWith(right, context, signal)));
  return {
    summary: `${subjectOf(context)} has all ${counted(rights.length, 'right')}`,
    problems: problems.filter((problem) => problem !== undefined),
  };
}

function rightsOf({ apis, sources, impersonates }: DefinitionFacts): NeededRight[] {
  const ofCode = needsOf(apis).flatMap((need) => (isCollection(need) ? [] : rightsOfRule(need, 'failed')));
  const ofSources = sources.flatMap(({ rule, isOptional }) => rightsOfRule(rule, isOptional ? 'warning' : 'failed'));
  return [...ofSources, ...ofCode, ...(impersonates ? [IMPERSONATION] : [])];
}

function rightsOfRule(rule: AccessRule, severity: Problem['severity']): NeededRight[] {
  const { group, resources, verbs, resourceNames = [undefined], namespaces = [undefined] } = rule;
  return resources.flatMap((path) =>
    namespaces.flatMap((namespace) =>
      resourceNames.map((name): NeededRight => {
        const [resource = '', subresource] = path.split('/');
        return { group, version: '*', resource, subresource, verbs, namespace, name, severity };
      }),
    ),
  );
}

async function problemWith(
  right: NeededRight,
  context: DoctorContext,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const allowed = await Promise.all(right.verbs.map((verb) => isAllowed(right, verb, context, signal)));
  const missing = right.verbs.filter((_, index) => allowed[index] === false);
  if (missing.length === 0) return undefined;
  return {
    severity: right.severity,
    cause: `${subjectOf(context)} may not ${listed(missing)} ${described(right)}`,
    fix: right.fix ?? fixOf(right, missing),
  };
}

/** Returns `get, list and watch`. */
function listed(verbs: readonly string[]): string {
  return verbs.length < 2 ? verbs.join('') : `${verbs.slice(0, -1).join(', ')} and ${verbs.at(-1)}`;
}

function subjectOf(context: DoctorContext): string {
  const { serviceAccount } = context.options;
  if (serviceAccount !== undefined) return accountOf(serviceAccount);
  return context.get('user') === '' ? 'the user of the kubeconfig' : context.get('user');
}

function accountOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

function described({ namespace, name, subresource, ...resource }: NeededRight): string {
  const object = name === undefined ? '' : ` "${name}"`;
  const where = namespace === undefined ? '' : ` in the namespace ${namespace}`;
  return `${resourceName(resource)}${subresource === undefined ? '' : `/${subresource}`}${object}${where}`;
}

function fixOf({ group, resource, subresource, namespace }: NeededRight, verbs: readonly string[]): string {
  const [kind, where] = namespace === undefined ? ['ClusterRole', ''] : ['Role', ` in the namespace ${namespace}`];
  const path = subresource === undefined ? resource : `${resource}/${subresource}`;
  const rule = `{ apiGroups: [${JSON.stringify(group)}], resources: [${path}], verbs: [${verbs.join(', ')}] }`;
  return `Add the rule ${rule} to the ${kind} of the server's account${where}.`;
}

/** Sends an access review, which the API server evaluates and does not store. */
async function isAllowed(
  { group, version, resource, subresource, namespace, name }: NeededRight,
  verb: string,
  { transport, options: { serviceAccount } }: DoctorContext,
  signal: AbortSignal,
): Promise<boolean> {
  const resourceAttributes = { verb, group, version, resource, subresource, namespace, name };
  const subject =
    serviceAccount === undefined
      ? {}
      : {
          user: accountOf(serviceAccount),
          groups: [
            'system:serviceaccounts',
            `system:serviceaccounts:${serviceAccount.namespace}`,
            'system:authenticated',
          ],
        };
  const kind = serviceAccount === undefined ? 'SelfSubjectAccessReview' : 'SubjectAccessReview';
  const apiVersion = 'authorization.k8s.io/v1';
  const body = { apiVersion, kind, spec: { ...subject, resourceAttributes } };
  const path = `/apis/${apiVersion}/${kind.toLowerCase()}s`;
  const { status } = await transport.send<{ readonly status?: { readonly allowed?: boolean } }>(path, {
    method: 'POST',
    body,
    signal,
  });
  return status?.allowed === true;
}

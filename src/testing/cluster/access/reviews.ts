/**
 * The kinds of reviews, such as TokenReview and SubjectAccessReview. Other servers create a review to authenticate or authorize a user.
 * @module
 */
import type { Access, AccessDecider } from './authorization.ts';
import type { ResourceKind } from '../kinds/resource-kind.ts';
import { API_AUDIENCE, type UserInfo, type Users } from './users.ts';

/** Returns the kinds for reviews of tokens and of access. Objects of these kinds are evaluated and not stored. */
export function reviewKinds(users: Users, decide: AccessDecider): readonly ResourceKind[] {
  const review = (
    group: string,
    kind: string,
    evaluate: (spec: ReviewSpec, user: UserInfo, namespace: string) => object | Promise<object>,
    namespaced = false,
  ): ResourceKind => ({
    group,
    version: 'v1',
    plural: `${kind.toLowerCase()}s`,
    kind,
    namespaced,
    verbs: ['create'],
    statusSubresource: false,
    review: async (object, user, namespace) => ({
      ...object,
      status: await evaluate((object as { readonly spec?: ReviewSpec }).spec ?? {}, user, namespace),
    }),
  });
  const access = async (user: UserInfo, spec: ReviewSpec, namespace?: string): Promise<object> => {
    const { allowed, reason } = await decide(user, accessOf(spec, namespace));
    return { allowed, ...(reason === undefined ? {} : { reason }) };
  };
  return [
    review('authentication.k8s.io', 'TokenReview', ({ token = '', audiences = [] }) => {
      const user = users.byToken(token);
      if (user === undefined) return { user: {}, error: 'invalid bearer token' };
      const wanted = audiences.length === 0 ? [API_AUDIENCE] : audiences;
      const shared = wanted.filter((audience) => users.audiencesOf(token).includes(audience));
      if (shared.length === 0) return { user: {}, error: 'invalid bearer token, the token is for other audiences' };
      return { authenticated: true, user: userStatus(user), audiences: shared };
    }),
    review('authentication.k8s.io', 'SelfSubjectReview', (_, user) => ({ userInfo: userStatus(user) })),
    review('authorization.k8s.io', 'SubjectAccessReview', async (spec) => await access(reviewedUser(spec), spec)),
    review('authorization.k8s.io', 'SelfSubjectAccessReview', async (spec, user) => await access(user, spec)),
    review(
      'authorization.k8s.io',
      'LocalSubjectAccessReview',
      async (spec, _, namespace) => await access(reviewedUser(spec), spec, namespace),
      true,
    ),
  ];
}

/** The fields of the specs of all reviews. */
interface ReviewSpec {
  readonly token?: string;
  readonly audiences?: readonly string[];
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  readonly resourceAttributes?: Partial<
    Record<'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name', string>
  >;
  readonly nonResourceAttributes?: { readonly verb?: string; readonly path?: string };
}

const reviewedUser = ({ user = '', groups = [], uid, extra }: ReviewSpec): UserInfo => ({
  name: user,
  groups,
  uid,
  extra,
});

const userStatus = ({ name, groups, uid, extra }: UserInfo): object => ({
  username: name,
  groups,
  ...(uid === undefined ? {} : { uid }),
  ...(extra === undefined ? {} : { extra }),
});

const accessOf = ({ resourceAttributes, nonResourceAttributes = {} }: ReviewSpec, inNamespace?: string): Access => {
  if (resourceAttributes === undefined) {
    const { verb = '', path = '' } = nonResourceAttributes;
    return { type: 'nonResource', verb, path };
  }
  const {
    verb = '',
    group = '',
    version = '',
    resource = '',
    subresource = '',
    namespace = '',
    name = '',
  } = resourceAttributes;
  return { type: 'resource', verb, group, version, resource, subresource, namespace: inNamespace ?? namespace, name };
};

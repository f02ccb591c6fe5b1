/** The informers of a server whose SubjectAccessReviews a test decides, and whose RBAC objects change only when the test changes the roles. */
import type { UpstreamResource, UpstreamReviewResult } from '../../../src/informers/collection/upstream.ts';
import type { AccessReviewSpec } from '../../../src/server/access/access-review-spec.ts';
import { fakeInformer, type FakeInformer } from '../../../src/testing/informers/index.ts';

/** Returns whether access is allowed, or another result of the review. */
export type Decide = (
  spec: AccessReviewSpec,
) => boolean | UpstreamReviewResult | Promise<boolean | UpstreamReviewResult>;

/** A role whose content has a version, so that another version is a change of rights. */
export function versionedRole(version: number) {
  return { kind: 'Role', metadata: { name: 'r', namespace: 'a', labels: { v: `${version}` } } };
}

export function reviewingInformers(
  decide: Decide,
  roles: FakeInformer<ReturnType<typeof versionedRole>> = fakeInformer(versionedRole(0)),
) {
  const none = fakeInformer(versionedRole(0));
  return {
    of: () => none,
    roles,
    roleBindings: none,
    clusterRoles: none,
    clusterRoleBindings: none,
    review: async (_resource: UpstreamResource, sent: object): Promise<UpstreamReviewResult> => {
      const review = sent as { readonly spec: AccessReviewSpec };
      const decision = await decide(review.spec);
      if (typeof decision !== 'boolean') return decision;
      return { type: 'done', object: { ...review, status: { allowed: decision } } };
    },
  };
}

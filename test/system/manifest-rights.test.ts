/**
 * The permissions of the manifests are exact: a server with these permissions alone becomes ready without a 403, and uses each of them. The
 * cluster decides about each request by the rules, and records which rule allows it.
 */
import { expect } from 'chai';
import { demoResources } from '../../examples/demo-resources.ts';
import { rbacObjects } from '../../src/cli/manifests/rbac.ts';
import { factsOf } from '../../src/definition/definition-facts.ts';
import {
  definitionParts,
  type DefinitionContext,
  kubefacet,
  type ServerContent,
} from '../../src/definition/definition.ts';
import { informerFactory, loadKubeConfig, type V1ClusterRole, type V1Role } from '../../src/informers/index.ts';
import { identity, map } from '../../src/projections/index.ts';
import { apiServer, rawEndpoint, resource } from '../../src/server/index.ts';
import { type Access, fakeCluster } from '../../src/testing/index.ts';
import { deployedWith } from '../cli/manifests/deployed.ts';

type Rule = NonNullable<V1ClusterRole['rules']>[number];
type ResourceAccess = Extract<Access, { type: 'resource' }>;

/** A verb of a rule for one resource, in one namespace or in all. */
interface Grant {
  readonly namespace: string | undefined;
  readonly rule: Rule;
  readonly resource: string;
  readonly verb: string;
}

/** The ConfigMap that the Role `extension-apiserver-authentication-reader` of each cluster allows to read. */
const AUTHENTICATION: Rule = {
  apiGroups: [''],
  resources: ['configmaps'],
  resourceNames: ['extension-apiserver-authentication'],
  verbs: ['list', 'watch'],
};

const DEFINITIONS: Readonly<Record<string, (context: DefinitionContext) => ServerContent>> = {
  'the demo': ({ informers }) => content(demoResources(informers)),
  'needs, selectors and polled sources': ({ informers }) => {
    const resources = { group: '', version: 'v1', resource: 'configmaps' };
    const one = informers.of(resources, { namespaces: ['shop'], fieldSelector: 'metadata.name=settings' });
    const polled = informers.of({ ...resources, resource: 'secrets' }, { pollInterval: 10_000 });
    const names = { namespaced: true } as const;
    return content([
      resource({ ...names, kind: 'One', plural: 'ones' }, one),
      resource(
        { ...names, kind: 'Name', plural: 'names' },
        polled.pipe(map((secret) => ({ metadata: identity(secret) }))),
      ),
      rawEndpoint({ path: '/a', paths: { '': { GET: () => undefined } }, needs: [informers.services] }),
    ]);
  },
};

describe('the permissions of the manifests', () => {
  for (const [name, define] of Object.entries(DEFINITIONS)) {
    it(`are exactly those that the server of ${name} uses`, async () => {
      const definition = definitionParts(kubefacet(define));
      const facts = await factsOf(definition, undefined);
      const grants = [...grantsOf({ rules: [AUTHENTICATION], namespace: 'kube-system' }), ...sourceGrants(facts)];
      const used = new Set<Grant>();
      const denied: string[] = [];
      // Without a denied request, the test waits until each grant has been used.
      const decided = Promise.withResolvers<void>();
      await using cluster = await fakeCluster({
        // Without WatchList, the server uses both verbs of each source.
        features: { watchList: false },
        authorize: (_user, access) => {
          if (access.type !== 'resource') return false;
          const allowing = grants.filter((grant) => allows(grant, access));
          for (const grant of allowing) used.add(grant);
          if (allowing.length === 0) denied.push(`${access.verb} ${access.resource}.${access.group}`);
          if (used.size === grants.length || denied.length > 0) decided.resolve();
          return allowing.length > 0;
        },
      });
      const kubeConfig = await loadKubeConfig({
        text: await cluster.kubeConfigFor({ name: 'system:serviceaccount:apps:mine' }),
      });
      const informers = informerFactory({ kubeConfig });
      const { apis } = await definition.evaluate({ informers, signal: new AbortController().signal });
      const drop = (): void => undefined;
      const server = apiServer({ informers, apis, log: { debug: drop, info: drop, warn: drop, error: drop } });
      server.start();
      await decided.promise;
      await server.close();
      await informers.close();
      expect(denied).to.deep.equal([]);
    });
  }
});

function content(resources: ServerContent['apis'][number]['resources']): ServerContent {
  return { apis: [{ group: 'example.com', version: 'v1', resources }] };
}

/** Returns the grants of the roles for sources. */
function sourceGrants(facts: Parameters<typeof rbacObjects>[0]): Grant[] {
  return rbacObjects(facts, deployedWith())
    .filter(({ kind, metadata }) => (kind === 'ClusterRole' || kind === 'Role') && metadata?.name === 'mine-sources')
    .flatMap((role) => {
      const { rules = [], metadata } = role as V1ClusterRole | V1Role;
      return grantsOf({ rules, namespace: metadata?.namespace });
    });
}

function grantsOf({
  rules,
  namespace,
}: {
  readonly rules: readonly Rule[];
  readonly namespace: string | undefined;
}): Grant[] {
  return rules.flatMap((rule) =>
    (rule.resources ?? []).flatMap((of) => rule.verbs.map((verb) => ({ namespace, rule, resource: of, verb }))),
  );
}

/** Decides by the rules of RBAC. A list or watch of one object by a field selector has the name of the object. */
function allows({ namespace, rule, resource: of, verb }: Grant, access: ResourceAccess): boolean {
  return (
    access.verb === verb &&
    access.resource === of &&
    rule.apiGroups?.includes(access.group) === true &&
    (namespace === undefined || access.namespace === namespace) &&
    (rule.resourceNames === undefined || rule.resourceNames.includes(access.name))
  );
}

import { expect } from 'chai';
import { apiServer, type ApiServer, type ApiServerOptions, viewsOf } from '../../../src/server/api-server.ts';
import type { ApiDefinition } from '../../../src/server/define/api-definition.ts';
import { ServerDefinitionError } from '../../../src/server/errors.ts';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { podSummaries } from '../../support/test-server.ts';

describe('apis of apiServer()', () => {
  const pods = fakeInformer(pod('shop/web'));
  const foo = rawEndpoint({ name: 'foo', paths: { '': { GET: () => undefined } } });
  const foo2 = rawEndpoint({ name: 'foo', paths: { '/bar': { GET: () => undefined } } });
  const good: ApiDefinition = { group: 'example.com', version: 'v1', resources: [podSummaries(pods)] };
  const serverOf = (change: Partial<ApiDefinition>, options: Partial<ApiServerOptions> = {}): ApiServer =>
    apiServer({ apis: [{ ...good, ...change }], authentication: 'insecure-dev', ...options });

  for (const [change, message, title = message] of [
    [{ group: 'example' }, 'group "example" must be a DNS name with a dot'],
    [{ group: 'Example.com' }, 'group "Example.com" must be a DNS name'],
    [{ group: '' }, 'group "" must be a DNS name'],
    [{ version: '1' }, 'version "1" must be like v1, v1beta1 or v1alpha1'],
    [{ version: 'v0' }, 'version "v0" must be like v1'],
    [{ version: 'v1gamma1' }, 'version "v1gamma1" must be like v1'],
    [{ resources: [] }, 'example.com/v1 has no resources'],
    [
      { resources: [podSummaries(pods), podSummaries(pods)] },
      'there are two resources "podsummaries"',
      'the same resource twice',
    ],
    [
      { resources: [podSummaries(pods), podSummaries(pods, { kind: 'Other', shortNames: [] })] },
      'there are two resources "podsummaries"',
      'two kinds with one plural',
    ],
    [{ resources: [podSummaries(pods, { plural: 'foo' }), foo] }, '"foo" names both foo and the raw endpoint foo'],
    [{ resources: [foo, foo2] }, 'there are two raw endpoints "foo"'],
    [{ resources: [podSummaries(pods, { shortNames: ['podsummaries'] })] }, '"podsummaries" names podsummaries twice'],
    [
      { resources: [podSummaries(pods), podSummaries(pods, { plural: 'other', kind: 'Other' })] },
      '"psum" names both podsummaries and other',
    ],
    [
      { resources: [podSummaries(pods, { shortNames: ['foo'] }), foo] },
      '"foo" names both podsummaries and the raw endpoint foo',
    ],
    [
      { resources: [podSummaries(pods), podSummaries(pods, { plural: 'other', shortNames: [] })] },
      '"PodSummary" is the kind of both podsummaries and other',
    ],
  ] as const) {
    it(`rejects: ${title}`, () => {
      expect(() => serverOf(change)).to.throw(ServerDefinitionError, message);
    });
  }

  for (const [authentication, name] of [
    ['front-proxy', 'front-proxy'],
    ['delegated', 'delegated'],
    [{ audiences: ['mine'] }, 'delegated'],
    [undefined, 'delegated'],
  ] as const) {
    it(`rejects authentication ${JSON.stringify(authentication)} without informers`, () => {
      expect(() => serverOf({}, { authentication })).to.throw(
        ServerDefinitionError,
        `authentication: '${name}' needs informers`,
      );
    });
  }

  for (const apis of [[], undefined]) {
    it(`rejects apis: ${JSON.stringify(apis)}`, () => {
      expect(() => apiServer({ apis: apis as never, authentication: 'insecure-dev' })).to.throw(
        ServerDefinitionError,
        'apis must be an array with at least one { group, version, resources }',
      );
    });
  }

  it('rejects a resource that was not made by resource()', () => {
    expect(() => serverOf({ resources: [{ kind: 'PodSummary' } as never] })).to.throw(TypeError, 'must be made by');
  });

  for (const version of ['v1', 'v12', 'v1beta1', 'v2alpha10']) {
    it(`accepts the version ${version}`, () => expect(viewsOf(serverOf({ version }))).to.have.length(1));
  }

  it('accepts a resource and a raw endpoint', () => {
    expect(viewsOf(serverOf({ resources: [podSummaries(pods), foo] }))).to.have.length(1);
  });
});

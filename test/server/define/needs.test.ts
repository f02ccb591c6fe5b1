import { expect } from 'chai';
import { informerFactory } from '../../../src/informers/index.ts';
import { identity, map } from '../../../src/projections/index.ts';
import { isCollection, type Need, needsProblem } from '../../../src/server/define/needs.ts';
import { definitionText, resource } from '../../../src/server/define/resource.ts';
import { apiServer, type Logger, rawEndpoint } from '../../../src/server/index.ts';
import { fakeInformer, fakeListWatch, node, pod, testServer } from '../../../src/testing/index.ts';

const RULE = { group: '', resources: ['pods/log'], verbs: ['get'] };

describe('needsProblem()', () => {
  for (const [needs, problem] of [
    [[], undefined],
    [[fakeInformer(), RULE], undefined],
    [[null], 'each must be a collection or { group, resources, verbs }'],
    [['pods'], 'each must be a collection or { group, resources, verbs }'],
    [[{ resources: ['pods'], verbs: ['get'] }], 'group: must be a text; it is empty for the core group'],
    [[{ ...RULE, resources: [] }], 'resources: must be a list of names like pods and pods/log'],
    [[{ ...RULE, verbs: 'get' }], 'verbs: must be a list of verbs like get'],
    [[{ ...RULE, verbs: [''] }], 'verbs: must be a list of verbs like get'],
  ] as const) {
    it(`returns ${JSON.stringify(problem)} for ${needs.length === 2 ? 'a collection and a rule' : JSON.stringify(needs)}`, () => {
      expect(needsProblem(needs as unknown as readonly Need[])).to.equal(problem);
    });
  }

  it('is checked by resource() and rawEndpoint()', () => {
    const needs = [{ ...RULE, verbs: [] }];
    const definition = { kind: 'A', plural: 'as', namespaced: true, needs };
    expect(() => resource(definition, { list: () => [] })).to.throw(TypeError, 'resource as: needs: verbs: must be');
    const endpoint = { path: '/a', paths: { '': { GET: () => undefined } }, needs };
    expect(() => rawEndpoint(endpoint)).to.throw(TypeError, 'raw endpoint /a: needs: verbs: must be');
  });
});

describe('isCollection()', () => {
  it('distinguishes collections and rules', () => {
    expect([fakeInformer(), RULE].map(isCollection)).to.deep.equal([true, false]);
  });
});

describe('needs', () => {
  it('run while the server runs, so that a handler can read derived collections', async () => {
    const nodes = fakeInformer(node('n1', { zone: 'a' }));
    const zones = nodes.pipe(map(({ metadata }) => ({ metadata: identity({ metadata }), zone: 'a' })));
    const endpoint = rawEndpoint({
      path: '/zones',
      paths: { '': { GET: (ctx) => void (ctx.body = zones.list().map(({ zone }) => zone)) } },
      needs: [zones, RULE],
    });
    await using server = testServer({ resources: [endpoint] });
    expect(await server.json('/apis/example.com/v1/zones')).to.deep.equal(['a']);
  });

  it('make the server unready until they have synced', async () => {
    const lists = fakeListWatch();
    const informers = informerFactory({ listWatch: () => lists as never });
    const endpoint = rawEndpoint({ path: '/a', paths: { '': { GET: () => undefined } }, needs: [informers.nodes] });
    const ready = Promise.withResolvers<void>();
    const drop = (): void => undefined;
    const info = (message: string): void => {
      if (message.startsWith('ready')) ready.resolve();
    };
    const log: Logger = { debug: drop, info, warn: drop, error: drop };
    const apis = [{ group: 'example.com', version: 'v1', resources: [endpoint] }];
    const server = apiServer({ informers, apis, log, authentication: 'insecure-dev' });
    const problems = (): unknown => server.readiness().filter(({ problem }) => problem !== undefined).length;
    server.start();
    expect(problems()).to.equal(1);
    await ready.promise;
    expect(problems()).to.equal(0);
    await server.close();
    await informers.close();
  });

  it('do not change the positions of rows', () => {
    const definition = { kind: 'A', plural: 'as', namespaced: true } as const;
    const needs = [fakeInformer(pod('shop/web'))];
    expect(definitionText({ ...definition, needs })).to.equal(definitionText(definition));
  });
});

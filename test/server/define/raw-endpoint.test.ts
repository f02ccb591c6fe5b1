import { expect } from 'chai';
import { inspect } from 'node:util';
import { partsOf } from '../../../src/server/define/opaque.ts';
import { rawEndpoint, type RawEndpointDefinition } from '../../../src/server/define/raw-endpoint.ts';

const noop = (): void => undefined;

describe('rawEndpoint()', () => {
  for (const [definition, message] of [
    [{ name: 'Foo', paths: { '': { GET: noop } } }, 'raw endpoint Foo: name: a lowercase RFC 1123 label'],
    [
      { name: 'watch', paths: { '': { GET: noop } } },
      'raw endpoint watch: name: "watch" has another meaning in request paths',
    ],
    [{ name: 'foo', paths: {} }, 'raw endpoint foo: paths: must have at least one path'],
    [{ name: 'foo', paths: { bar: { GET: noop } } }, 'raw endpoint foo: paths: "bar" must be "" or begin with "/"'],
    [{ name: 'foo', paths: { '/bar/': { GET: noop } } }, 'raw endpoint foo: paths: "/bar/" must be'],
    [{ name: 'foo', paths: { '/': { GET: noop } } }, 'raw endpoint foo: paths: "/" must be'],
    [{ name: 'foo', paths: { '': {} } }, 'raw endpoint foo: paths: "" needs at least one handler'],
    [
      { name: 'foo', paths: { '': { get: noop } } },
      'raw endpoint foo: paths: "": get must be one of GET, POST, PUT, PATCH, DELETE',
    ],
    [{ name: 'foo', paths: { '': { GET: 'text' } } }, 'raw endpoint foo: paths: "": GET must be a function'],
    [{ name: 'foo', paths: { '/a/:b/:b': { GET: noop } } }, 'foo: paths: "/a/:b/:b" has two parameters "b"'],
    [
      { name: 'foo', paths: { '/*rest': { GET: noop } } },
      'foo: paths: "/*rest": "*rest" must be plain text or a param',
    ],
    [{ name: 'foo', paths: { '/a{b}': { GET: noop } } }, 'foo: paths: "/a{b}": "a{b}" must be plain text'],
    [{ name: 'foo', paths: { '/:': { GET: noop } } }, 'foo: paths: "/:": ":" must be plain text'],
    [{ name: 'foo', paths: { '/:__proto__': { GET: noop } } }, 'foo: paths: "/:__proto__": ":__proto__" must be plain'],
    [{ name: 'foo', paths: { '/:a.log': { GET: noop } } }, 'foo: paths: "/:a.log": ":a.log" must be plain text'],
    [{ name: 'foo', paths: { '/a/..': { GET: noop } } }, 'foo: paths: "/a/.." must not contain ".."'],
    [
      { name: 'foo', paths: { '/:a/log': { GET: noop }, '/:b/log': { PUT: noop } } },
      'raw endpoint foo: paths: "/:a/log" and "/:b/log" match the same requests',
    ],
    [
      { name: 'foo', namespaced: true, paths: { '/:namespace': { GET: noop } } },
      'raw endpoint foo: paths: "/:namespace": must not have a parameter :namespace',
    ],
    [
      { name: 'foo', verbs: { GET: 'List' }, paths: { '': { GET: noop } } },
      'foo: verbs: "List" must be one word in lower',
    ],
    [
      { name: 'foo', verbs: ['get', ''], paths: { '': { GET: noop } } },
      'foo: verbs: "" must be one word in lower case',
    ],
    [{ name: 'foo', verbs: { FOO: 'get' }, paths: { '': { GET: noop } } }, 'foo: verbs: FOO must be one of GET, POST'],
    [{ path: 'whoami', paths: { '': { GET: noop } } }, 'raw endpoint whoami: path: must begin with "/"'],
    [{ path: '/', paths: { '': { GET: noop } } }, 'raw endpoint /: path: "", its first segment, must be plain text'],
    [
      { path: '/:who', paths: { '': { GET: noop } } },
      'raw endpoint /:who: path: ":who", its first segment, must be plain',
    ],
    [
      { path: '/namespaces/a', paths: { '': { GET: noop } } },
      'path: "namespaces" has another meaning in request paths',
    ],
    [{ path: '/a/', paths: { '': { GET: noop } } }, 'raw endpoint /a/: paths: "/" must be "" or begin with "/"'],
  ] as const) {
    it(`rejects ${inspect(definition, { breakLength: Infinity, depth: 4 })}`, () => {
      expect(() => rawEndpoint(definition as unknown as RawEndpointDefinition)).to.throw(TypeError, message);
    });
  }

  it('derives the verbs of discovery from its methods', () => {
    const { discovery } = partsOf(
      rawEndpoint({
        name: 'foo',
        kind: 'Fou',
        paths: {
          '': { GET: noop, POST: noop, PUT: noop, PATCH: noop, DELETE: noop },
          '/a/b': { GET: noop },
          '/a': { GET: noop, POST: noop },
        },
      }),
    );
    expect(discovery).to.deep.equal({
      name: 'foo',
      singularName: 'foo',
      namespaced: false,
      kind: 'Fou',
      verbs: ['get', 'create', 'update', 'patch', 'delete'],
      subresources: [{ name: 'a', verbs: ['get', 'create'], kind: 'Fou' }],
    });
  });

  it('describes paths with parameters as an authorizer reads them', () => {
    const { discovery } = partsOf(
      rawEndpoint({
        name: 'shops',
        namespaced: true,
        paths: {
          '': { GET: noop, HEAD: noop, OPTIONS: noop },
          '/:shop': { PUT: noop },
          '/:shop/log': { GET: noop },
          '/:shop/log/:line': { DELETE: noop },
          '/:shop/:part': { PATCH: noop },
        },
      }),
    );
    expect(discovery).to.deep.equal({
      name: 'shops',
      singularName: 'shops',
      namespaced: true,
      kind: 'Shops',
      verbs: ['get', 'update'],
      subresources: [{ name: 'log', verbs: ['get', 'delete'], kind: 'Shops' }],
    });
  });

  it('uses the configured verbs for discovery', () => {
    const paths = { '': { GET: noop, POST: noop }, '/bar': { GET: noop, POST: noop } };
    const byMethod = partsOf(rawEndpoint({ name: 'foo', paths, verbs: { GET: 'list' } })).discovery;
    expect(byMethod.verbs).to.deep.equal(['list', 'create']);
    expect(byMethod.subresources).to.deep.include({ name: 'bar', verbs: ['list', 'create'], kind: 'Foo' });
    const listed = partsOf(rawEndpoint({ name: 'foo', paths, verbs: ['impersonate'] })).discovery;
    expect(listed.verbs).to.deep.equal(['impersonate']);
    expect(listed.subresources).to.deep.include({ name: 'bar', verbs: ['get', 'create'], kind: 'Foo' });
  });

  it('is hidden if it has a path, and keeps the path below its first segment', () => {
    const endpoint = partsOf(
      rawEndpoint({ path: '/admin/caches', paths: { '': { GET: noop }, '/:cache': { DELETE: noop } } }),
    );
    expect(endpoint).to.include({ name: 'admin', isHidden: true, namespaced: false });
    expect([...endpoint.paths.keys()]).to.deep.equal(['/caches', '/caches/:cache']);
    expect(endpoint.find(['caches', 'rows'], 'DELETE')?.params).to.deep.equal({ cache: 'rows' });
    expect(endpoint.find([], 'GET')).to.equal(undefined);
  });
});

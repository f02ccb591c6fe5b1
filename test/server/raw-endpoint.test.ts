import { expect } from 'chai';
import { rawEndpoint, rawHandlerOf, type RawEndpointDefinition } from '../../src/server/raw-endpoint.ts';

const noop = (): void => undefined;

describe('rawEndpoint()', () => {
  for (const [definition, message] of [
    [{ name: 'Foo', paths: { '': { GET: noop } } }, 'raw endpoint Foo: name: a lowercase RFC 1123 label'],
    [
      { name: 'watch', paths: { '': { GET: noop } } },
      'raw endpoint watch: name: "watch" has another meaning in request paths',
    ],
    [{ name: 'foo', paths: {} }, 'raw endpoint foo: paths: there are none'],
    [{ name: 'foo', paths: { bar: { GET: noop } } }, 'raw endpoint foo: paths: "bar" must be "" or begin with "/"'],
    [{ name: 'foo', paths: { '/bar/': { GET: noop } } }, 'raw endpoint foo: paths: "/bar/" must be'],
    [{ name: 'foo', paths: { '/': { GET: noop } } }, 'raw endpoint foo: paths: "/" must be'],
    [{ name: 'foo', paths: { '': {} } }, 'raw endpoint foo: paths: "" has no handlers'],
    [
      { name: 'foo', paths: { '': { get: noop } } },
      'raw endpoint foo: paths: "": get must be one of GET, POST, PUT, PATCH, DELETE',
    ],
    [{ name: 'foo', paths: { '': { GET: 'text' } } }, 'raw endpoint foo: paths: "": GET is no function'],
  ] as const) {
    it(`refuses ${JSON.stringify(definition)}`, () => {
      expect(() => rawEndpoint(definition as unknown as RawEndpointDefinition)).to.throw(TypeError, message);
    });
  }

  it('tells discovery the verbs of its methods', () => {
    const { discovery } = rawEndpoint({
      name: 'foo',
      kind: 'Fou',
      paths: {
        '': { GET: noop, POST: noop, PUT: noop, PATCH: noop, DELETE: noop },
        '/a/b': { GET: noop },
        '/a': { GET: noop, POST: noop },
      },
    });
    expect(discovery).to.deep.equal({
      name: 'foo',
      singularName: 'foo',
      namespaced: false,
      kind: 'Fou',
      verbs: ['get', 'create', 'update', 'patch', 'delete'],
      subresources: [{ name: 'a', verbs: ['get', 'create'], kind: 'Fou' }],
    });
  });
});

describe('rawHandlerOf()', () => {
  it('finds the handlers that are there, and nothing else', () => {
    const handlers = { GET: noop };
    expect(rawHandlerOf(handlers, 'GET')).to.equal(noop);
    for (const method of ['POST', 'get', 'toString', 'constructor', '__proto__', '']) {
      expect(rawHandlerOf(handlers, method), method).to.equal(undefined);
    }
  });
});

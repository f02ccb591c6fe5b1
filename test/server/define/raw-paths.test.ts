import { expect } from 'chai';
import { type RawHandlers, rawHandlerOf, RawPaths } from '../../../src/server/define/raw-paths.ts';
import { ApiError } from '../../../src/server/wire/status.ts';

const noop = (): void => undefined;
const pathsOf = (...paths: [string, RawHandlers][]): RawPaths => new RawPaths(new Map(paths));

describe('RawPaths', () => {
  const shop: RawHandlers = { GET: noop, DELETE: noop };
  const best: RawHandlers = { GET: () => undefined, POST: noop };
  const log: RawHandlers = { GET: noop };
  const bestPart: RawHandlers = { GET: noop };
  // The order of declaration differs from the order of precedence.
  const paths = pathsOf(
    ['/:shop', shop],
    ['/:shop/log', log],
    ['/best/:part', bestPart],
    ['/best', best],
    ['', { POST: noop }],
    ['/v1.0', { GET: noop }],
  );

  for (const [segments, handlers, params] of [
    [['web'], shop, { shop: 'web' }],
    [['best'], best, {}],
    [['Best'], shop, { shop: 'Best' }],
    [['web', 'log'], log, { shop: 'web' }],
    [['best', 'log'], bestPart, { part: 'log' }],
    [['a b/c%20é'], shop, { shop: 'a b/c%20é' }],
    [['100%'], shop, { shop: '100%' }],
    [['v1x0'], shop, { shop: 'v1x0' }],
    [['__proto__'], shop, { shop: '__proto__' }],
  ] as const) {
    it(`finds ${JSON.stringify(segments)}`, () => {
      const found = paths.find(segments, 'GET');
      expect(found?.handler).to.equal(handlers.GET);
      expect(found?.params).to.deep.equal(params);
    });
  }

  for (const segments of [['web', 'nothing'], ['web', 'log', 'more'], [''], ['web', ''], ['', 'log']]) {
    it(`returns undefined for ${JSON.stringify(segments)}`, () =>
      expect(paths.find(segments, 'GET')).to.equal(undefined));
  }

  it('finds a path with a parameter if the fixed path has no handler for the method', () => {
    expect(paths.find(['best'], 'DELETE')).to.deep.include({ handler: shop.DELETE, params: { shop: 'best' } });
  });

  it('returns the methods that a path has if it has no handler for the requested one', () => {
    expect(paths.find(['best'], 'PATCH')).to.deep.equal({
      handler: undefined,
      params: {},
      allow: ['GET', 'POST', 'DELETE'],
    });
    expect(paths.find([], 'GET')).to.deep.include({ handler: undefined, allow: ['POST'] });
  });

  for (const segment of ['.', '..']) {
    it(`rejects ${segment} as a parameter`, () => {
      expect(() => paths.find([segment], 'GET')).to.throw(ApiError, `Name parameter invalid: "${segment}"`);
    });
  }
});

describe('rawHandlerOf()', () => {
  it('finds own handlers only', () => {
    const handlers = { GET: noop };
    expect(rawHandlerOf(handlers, 'GET')).to.equal(noop);
    for (const method of ['POST', 'get', 'toString', 'constructor', '__proto__', '']) {
      expect(rawHandlerOf(handlers, method), method).to.equal(undefined);
    }
  });
});

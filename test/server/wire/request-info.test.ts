import { expect } from 'chai';
import * as fc from 'fast-check';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { requestInfo, type ResourceRequestInfo } from '../../../src/server/wire/request-info.ts';
import { apiErrorFrom, resultOrApiError } from './api-error-of.ts';

const info = (request: string): ReturnType<typeof requestInfo> => {
  const [method = '', url = ''] = request.split(' ');
  const [path = '', query = ''] = url.split('?');
  return requestInfo(method, path, new URLSearchParams(query));
};

const resource = (request: string): ResourceRequestInfo => {
  const result = info(request);
  if (result.type !== 'resource') {
    throw new Error('expected a resource request');
  }
  return result;
};

describe('requestInfo()', () => {
  /** verb group/version resource[/subresource] namespace name, with `-` for empty parts. */
  const summary = ({ verb, group, version, resource, subresource, namespace, name }: ResourceRequestInfo): string =>
    [verb, `${group}/${version}`, subresource === '' ? resource : `${resource}/${subresource}`, namespace, name]
      .map((text) => text || '-')
      .join(' ');

  const resources: readonly (readonly [request: string, expected: string])[] = [
    ['GET /apis/g/v1/carts', 'list g/v1 carts - -'],
    ['GET /apis/g/v1/carts/', 'list g/v1 carts - -'],
    ['GET /apis/g/v1/carts?watch=1', 'watch g/v1 carts - -'],
    ['GET /apis/g/v1/carts?watch=', 'watch g/v1 carts - -'],
    ['GET /apis/g/v1/carts?watch=false', 'list g/v1 carts - -'],
    ['HEAD /apis/g/v1/carts', 'list g/v1 carts - -'],
    ['GET /apis/g/v1/namespaces/ns/carts', 'list g/v1 carts ns -'],
    ['GET /apis/g/v1/namespaces/ns/carts/a', 'get g/v1 carts ns a'],
    ['GET /apis/g/v1/namespaces/ns/carts/a?watch=1', 'get g/v1 carts ns a'],
    ['GET /apis/g/v1/namespaces/ns/carts/a/status', 'get g/v1 carts/status ns a'],
    ['GET /apis/g/v1/namespaces/ns/carts/a/proxy/x/y', 'get g/v1 carts/proxy ns a'],
    ['POST /apis/g/v1/namespaces/ns/carts', 'create g/v1 carts ns -'],
    ['PUT /apis/g/v1/namespaces/ns/carts/a', 'update g/v1 carts ns a'],
    ['PATCH /apis/g/v1/namespaces/ns/carts/a', 'patch g/v1 carts ns a'],
    ['DELETE /apis/g/v1/namespaces/ns/carts/a', 'delete g/v1 carts ns a'],
    ['DELETE /apis/g/v1/namespaces/ns/carts', 'deletecollection g/v1 carts ns -'],
    ['OPTIONS /apis/g/v1/carts', '- g/v1 carts - -'],
    ['constructor /apis/g/v1/carts', '- g/v1 carts - -'],
    ['GET /api/v1/pods', 'list /v1 pods - -'],
    ['GET /api/v1/namespaces', 'list /v1 namespaces - -'],
    ['GET /api/v1/namespaces/ns', 'get /v1 namespaces ns ns'],
    ['PUT /api/v1/namespaces/ns/finalize', 'update /v1 namespaces/finalize ns ns'],
    ['GET /api/v1/namespaces/ns/status', 'get /v1 namespaces/status ns ns'],
    ['GET /api/v1/namespaces/ns/pods/a/log', 'get /v1 pods/log ns a'],
    ['GET /apis/g/v1/namespaces/ns', 'get g/v1 namespaces ns ns'],
    ['GET /apis/g/v1/watch/carts', 'watch g/v1 carts - -'],
    ['GET /apis/g/v1/watch/namespaces/ns/carts', 'watch g/v1 carts ns -'],
    ['GET /apis/g/v1/watch/namespaces/ns/carts/a', 'watch g/v1 carts ns a'],
    ['POST /apis/g/v1/watch/carts', 'watch g/v1 carts - -'],
    ['GET /api/v1/proxy/namespaces/ns/services/a/x', 'proxy /v1 services ns a'],
    ['GET /apis/g/v1/carts/watch', 'get g/v1 carts - watch'],
    ['GET /apis/g/v1/carts?fieldSelector=metadata.name%3Da', 'list g/v1 carts - a'],
    ['GET /apis/g/v1/carts?fieldSelector=metadata.name%3Da&watch=1', 'watch g/v1 carts - a'],
    ['GET /apis/g/v1/carts?fieldSelector=metadata.name!%3Da', 'list g/v1 carts - -'],
    ['GET /apis/g/v1/carts?fieldSelector=metadata.name%3Da%2Fb', 'list g/v1 carts - -'],
    ['GET /apis/g/v1/carts?fieldSelector=metadata.name%3Da&limit=abc', 'list g/v1 carts - -'],
    ['GET /apis/g/v1/carts?fieldSelector=metadata.name%3Da&limit=abc&watch=1', 'watch g/v1 carts - -'],
    ['DELETE /apis/g/v1/carts?fieldSelector=metadata.name%3Da', 'deletecollection g/v1 carts - -'],
    ['GET /apis/g/v1/watch/carts?fieldSelector=metadata.name%3Da', 'watch g/v1 carts - -'],
    ['GET /apis/g/v1/carts/a%25b', 'get g/v1 carts - a%b'],
    ['GET /apis/g/v1/carts/a%2Fb', 'get g/v1 carts/b - a'],
    ['GET /apis/g/v1/carts/%C3%A9', 'get g/v1 carts - é'],
  ];
  for (const [request, expected] of resources) {
    it(`parses ${request} as: ${expected}`, () => {
      expect(summary(resource(request))).to.equal(expected);
    });
  }

  const paths: readonly (readonly [request: string, path: string, verb: string])[] = [
    ['GET /', '/', 'get'],
    ['GET /healthz', '/healthz', 'get'],
    ['GET /api', '/api', 'get'],
    ['GET /api/v1', '/api/v1', 'get'],
    ['GET /apis', '/apis', 'get'],
    ['GET /apis/g', '/apis/g', 'get'],
    ['GET /apis/g/v1', '/apis/g/v1', 'get'],
    ['GET /apis/g/v1/', '/apis/g/v1/', 'get'],
    ['POST /openapi/v3/apis/g/v1/carts', '/openapi/v3/apis/g/v1/carts', 'post'],
    ['GET /a%20b', '/a b', 'get'],
    ['GET //apis/g/v1/carts', '//apis/g/v1/carts', 'get'],
    ['DELETE //apis/g/v1/namespaces/n/carts/a', '//apis/g/v1/namespaces/n/carts/a', 'delete'],
    ['GET ///apis/g/v1/carts?watch=1', '///apis/g/v1/carts', 'get'],
    ['GET /%2Fapis/g/v1/carts', '//apis/g/v1/carts', 'get'],
  ];
  for (const [request, path, verb] of paths) {
    it(`treats ${request} as a plain path`, () => {
      expect(info(request)).to.deep.equal({ type: 'nonResource', path, verb });
    });
  }

  it('distinguishes a name in the path from a name in a selector', () => {
    expect(resource('GET /apis/g/v1/carts/a').isNamed).to.equal(true);
    expect(resource('GET /apis/g/v1/carts?fieldSelector=metadata.name%3Da').isNamed).to.equal(false);
  });

  it('marks the deprecated watch prefix', () => {
    expect(resource('GET /apis/g/v1/watch/carts').isWatchPath).to.equal(true);
    expect(resource('GET /apis/g/v1/carts?watch=1').isWatchPath).to.equal(false);
  });

  it('returns the prefix, the decoded path and the segments from the resource on', () => {
    expect(resource('GET /apis/g/v1/namespaces/ns/carts/a/x/y%20z')).to.include({
      prefix: 'apis',
      path: '/apis/g/v1/namespaces/ns/carts/a/x/y z',
    });
    expect(resource('GET /apis/g/v1/namespaces/ns/carts/a/x/y%20z').parts).to.deep.equal(['carts', 'a', 'x', 'y z']);
    expect(resource('GET /api/v1/pods').prefix).to.equal('api');
  });

  for (const path of ['/apis/g/v1/watch', '/apis/g/v1/watch/', '/api/v1/proxy']) {
    it(`throws upstream's 500 for ${path} alone`, () => {
      const { status } = apiErrorFrom(() => info(`GET ${path}`));
      expect(status).to.include({ code: 500 });
      expect(status.message).to.include(`unable to determine kind and namespace from url, ${path}`);
    });
  }

  it('throws a 400 for a path that is not properly percent-encoded', () => {
    expect(apiErrorFrom(() => info('GET /apis/g/v1/carts/%zz')).code).to.equal(400);
    expect(apiErrorFrom(() => info('GET /%ff')).code).to.equal(400);
  });

  it('returns a result or throws a 400 or 500, for any request line', () => {
    const segment = fc.constantFrom(
      'api',
      'apis',
      'v1',
      'g',
      'watch',
      'proxy',
      'namespaces',
      'status',
      'a',
      '',
      '%',
      '%2F',
      'é',
    );
    const method = fc.constantFrom('GET', 'POST', 'DELETE', 'BREW');
    fc.assert(
      fc.property(method, fc.array(segment, { maxLength: 9 }), fc.webQueryParameters(), (verb, segments, query) => {
        const result = resultOrApiError(() => requestInfo(verb, `/${segments.join('/')}`, new URLSearchParams(query)));
        if (result instanceof ApiError) {
          expect(result.code).to.be.oneOf([400, 500]);
        } else if (result.type === 'resource') {
          expect(result.resource).to.equal(result.parts[0]);
          expect(result.isNamed).to.equal((result.parts[1] ?? '') !== '');
        }
      }),
    );
  });
});

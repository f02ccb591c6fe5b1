import { expect } from 'chai';
import { partsOf } from '../../../src/server/define/opaque.ts';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { dryRunLabel, requestLabels } from '../../../src/server/metrics/request-labels.ts';
import { requestInfo } from '../../../src/server/wire/request-info.ts';
import { servedVersions } from '../../../src/server/write/served-resource.ts';
import { FakeClock, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { podSummaries, RecordedLog } from '../../support/test-server.ts';

const GET = (): void => undefined;
const logs = podSummaries(fakeInformer(pod('shop/web')), { subresources: { logs: { GET } } });
const raw = rawEndpoint({ name: 'foo', paths: { '': { GET }, '/:name/:other': { GET } } });
const versions = servedVersions([{ group: 'example.com', version: 'v1', resources: [partsOf(logs), partsOf(raw)] }], {
  clock: new FakeClock(),
  random: () => 0.5,
  log: new RecordedLog(),
});

function labelsOf(method: string, url: string, contentType?: string): string {
  const [path = '', query] = url.split('?');
  const info = requestInfo(method, path, new URLSearchParams(query));
  const { verb, group, version, resource, subresource, scope, component } = requestLabels(
    { method, info, contentType },
    (name, of) => versions.get(`${name}/${of}`),
  );
  expect(component).to.equal('apiserver');
  return [verb, group, version, resource, subresource, scope].join(' ');
}

const V1 = '/apis/example.com/v1';
const SHOP = `${V1}/namespaces/shop/podsummaries`;
const ROWS = 'example.com v1 podsummaries';

describe('requestLabels()', () => {
  for (const [method, url, labels, contentType] of [
    ['GET', `${V1}/podsummaries`, `LIST ${ROWS}  cluster`],
    ['HEAD', `${V1}/podsummaries`, `LIST ${ROWS}  cluster`],
    ['GET', `${V1}/podsummaries?watch=1`, `WATCH ${ROWS}  cluster`],
    ['GET', `${V1}/watch/podsummaries`, `WATCH ${ROWS}  cluster`],
    ['GET', `${V1}/watch/namespaces/shop/podsummaries/web`, `WATCH ${ROWS}  resource`],
    ['GET', SHOP, `LIST ${ROWS}  namespace`],
    ['GET', `${SHOP}?fieldSelector=metadata.name=web`, `LIST ${ROWS}  resource`],
    ['GET', `${SHOP}/web`, `GET ${ROWS}  resource`],
    ['HEAD', `${SHOP}/web`, `GET ${ROWS}  resource`],
    ['POST', SHOP, `POST ${ROWS}  namespace`],
    ['PUT', `${SHOP}/web`, `PUT ${ROWS}  resource`],
    ['PATCH', `${SHOP}/web`, `PATCH ${ROWS}  resource`, 'application/json-patch+json'],
    ['PATCH', `${SHOP}/web`, `APPLY ${ROWS}  resource`, 'application/apply-patch+yaml'],
    ['DELETE', `${SHOP}/web`, `DELETE ${ROWS}  resource`],
    ['DELETE', SHOP, `DELETECOLLECTION ${ROWS}  namespace`],
    ['PURGE', `${SHOP}/web`, `other ${ROWS}  resource`],
    ['GET', `${SHOP}/web/logs`, `GET ${ROWS} logs resource`],
    ['PUT', `${SHOP}/web/status`, `PUT ${ROWS} status resource`],
    ['GET', `${SHOP}/web/constructor`, `GET ${ROWS} other resource`],
    ['GET', `${SHOP}/web/anything`, `GET ${ROWS} other resource`],
    ['GET', `${V1}/foo/a/b`, 'GET example.com v1 foo other resource'],
    ['GET', `${V1}/others`, 'LIST   unknown  cluster'],
    ['GET', '/apis/a.example.com/v2/namespaces/b/c/d/e', 'GET   unknown  resource'],
    ['GET', '/api/v1/pods', 'LIST   unknown  cluster'],
    ['GET', '/livez', 'GET    /livez '],
    ['GET', '/readyz/informer-sync', 'GET    /readyz '],
    ['GET', '/apis', 'GET    /apis '],
    ['GET', '/apis/example.com', 'GET    /apis '],
    ['GET', V1, 'GET    /apis '],
    ['GET', '/openapi/v3/apis/example.com/v1', 'GET    /openapi/v3 '],
    ['GET', '/', 'GET    / '],
    ['GET', '/debug/graph', 'GET    /debug/graph '],
    ['GET', '/metricsx', 'GET    other '],
    ['QUERY', '/anything', 'other    other '],
  ] as const) {
    it(`are "${labels}" for ${method} ${url}${contentType === undefined ? '' : ` (${contentType})`}`, () => {
      expect(labelsOf(method, url, contentType)).to.equal(labels);
    });
  }

  it('have no path before the request is parsed', () => {
    expect(requestLabels({ method: 'GET', info: undefined, contentType: undefined }, () => undefined)).to.deep.equal({
      verb: 'GET',
      group: '',
      version: '',
      resource: '',
      subresource: '',
      scope: '',
      component: 'apiserver',
    });
  });
});

describe('dryRunLabel()', () => {
  it('has three values', () => {
    expect([[], ['All'], ['All', 'All'], ['some'], ['All', 'x']].map(dryRunLabel)).to.deep.equal([
      '',
      'All',
      'All',
      'invalid',
      'invalid',
    ]);
  });
});

/** The requests that the API handler refuses, with their codes and messages. */
import { expect } from 'chai';
import { CMS, PODS, LEASES, WIDGETS, cm, merge, jsonPatch, strategic, accepting, shop } from '../support/shop.ts';
import { testCluster } from '../support/without-socket.ts';
import type { CallOptions } from '../support/without-socket.ts';

type Row = readonly [request: string, options: CallOptions, code: number, message: string];

// Each row was also sent to kube-apiserver 1.20, which responded with the same code and message. The exceptions are the
// rows below `ours`.
const refusals: readonly Row[] = [
  ['POST /api/v1/namespaces/shop/configmaps', { body: cm('a') }, 409, 'configmaps "a" already exists'],
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: cm('held') },
    409,
    'object is being deleted: configmaps "held" already exists',
  ],
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: { metadata: {} } },
    422,
    'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  ],
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: cm('x', { namespace: 'other' }) },
    400,
    'the namespace of the provided object does not match the namespace sent on the request',
  ],
  ['POST /api/v1/namespaces/nonesuch/configmaps', { body: cm('x') }, 404, 'namespaces "nonesuch" not found'],
  [
    'POST /api/v1/configmaps',
    { body: cm('x') },
    405,
    'the server does not allow this method on the requested resource',
  ],
  [`POST ${CMS}/a`, { body: cm('a') }, 405, 'the server does not allow this method on the requested resource'],
  [`GET ${CMS}/zz`, {}, 404, 'configmaps "zz" not found'],
  [`GET ${CMS}?limit=abc`, {}, 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
  [
    `GET ${CMS}?fieldSelector=data.a=b`,
    {},
    400,
    '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  [`GET ${PODS}?fieldSelector=spec.foo=b`, {}, 400, 'field label not supported: spec.foo'],
  [`GET ${CMS}?labelSelector=a=b=c`, {}, 400, "found '=', expected: ',' or 'end of string'"],
  [
    `GET ${CMS}?resourceVersionMatch=Exact`,
    {},
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  ],
  [
    `GET ${CMS}?resourceVersion=0&resourceVersionMatch=Exact`,
    {},
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
  ],
  [
    `GET ${CMS}?resourceVersion=1&resourceVersionMatch=Exact`,
    {},
    410,
    'The resourceVersion for the provided list is too old.',
  ],
  [`PUT ${CMS}/a`, { body: cm('b') }, 400, 'the name of the object (b) does not match the name on the URL (a)'],
  [`PUT ${CMS}/zz`, { body: cm('zz') }, 404, 'configmaps "zz" not found'],
  [
    `PUT ${CMS}/a`,
    { body: cm('a', { resourceVersion: '1' }) },
    409,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [`PUT ${CMS}`, { body: cm('a') }, 405, 'the server does not allow this method on the requested resource'],
  [`PATCH ${CMS}/zz`, merge({}), 404, 'configmaps "zz" not found'],
  [
    `PATCH ${CMS}/a`,
    jsonPatch([{ op: 'replace', path: '/nope/x', value: 1 }]),
    422,
    'the server rejected our request due to an error in our request',
  ],
  [
    `PATCH ${CMS}/a`,
    jsonPatch([{ op: 'test', path: '/data/a', value: 'q' }]),
    422,
    'the server rejected our request due to an error in our request',
  ],
  [
    `PATCH ${CMS}/a`,
    merge({ metadata: { resourceVersion: '1' } }),
    409,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [
    `PATCH ${CMS}/a`,
    merge({ metadata: { name: 'q' } }),
    400,
    'the name of the object (q) does not match the name on the URL (a)',
  ],
  [
    `PATCH ${CMS}/a?force=true`,
    merge({}),
    422,
    'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  ],
  [`PATCH ${CMS}`, merge({}), 405, 'the server does not allow this method on the requested resource'],
  [`DELETE ${CMS}/zz`, {}, 404, 'configmaps "zz" not found'],
  [
    `DELETE ${CMS}/a`,
    { body: { preconditions: { uid: 'x' } } },
    409,
    'Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (x) does not match the UID in record (uid-a). The object might have been deleted and then recreated',
  ],
  [
    `DELETE ${CMS}/a?propagationPolicy=foo`,
    {},
    422,
    'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "foo": supported values: "Foreground", "Background", "Orphan", "nil"',
  ],
  [`GET ${PODS}/p/nope`, {}, 404, 'the server could not find the requested resource'],
  [`GET ${PODS}/p/status/x`, {}, 404, 'the server could not find the requested resource'],
  ['GET /api/v1/pods/p', {}, 404, 'the server could not find the requested resource'],
  ['GET /api/v1/namespaces/x/nodes', {}, 404, 'the server could not find the requested resource'],
  ['GET /api/v1/nonesuch', {}, 404, 'the server could not find the requested resource'],
  ['GET /api/v2/pods', {}, 404, 'the server could not find the requested resource'],
  ['GET /api/v1/nodes/a%25b', {}, 400, `Name parameter invalid: "a%b": may not contain '%'`],
  ['DELETE /api/v1/namespaces', {}, 405, 'the server does not allow this method on the requested resource'],
  [
    `GET ${CMS}?watch=1&fieldSelector=data.a=b`,
    {},
    400,
    '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
];

// Responses that differ from those of 1.20, which has another text or responds with 500. The rows follow the conformance tables.
const ours: readonly Row[] = [
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: cm('x', { resourceVersion: '5' }) },
    400,
    'resourceVersion should not be set on objects to be created',
  ],
  ['POST /api/v1/namespaces/shop/configmaps', { body: '' }, 400, 'the body of the request is empty'],
  ['POST /api/v1/namespaces/shop/configmaps', { body: [] }, 400, 'the body of the request is not an object'],
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: { ...cm('x'), apiVersion: 'v2' } },
    400,
    'the API version in the data (v2) does not match the expected API version (v1)',
  ],
  [
    'POST /api/v1/namespaces/shop/configmaps',
    { body: { ...cm('x'), kind: 'Secret' } },
    400,
    'Secret in version "v1" cannot be handled as a ConfigMap: no kind "Secret" is registered for it',
  ],
  [
    `POST ${CMS}?dryRun=x`,
    { body: cm('dry') },
    422,
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["x"]: supported values: "All"',
  ],
  [
    `POST ${CMS}?fieldValidation=x`,
    { body: cm('x') },
    422,
    'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"',
  ],
  [
    `POST ${CMS}`,
    { body: 'x', headers: { 'content-type': 'text/plain' } },
    415,
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  ],
  [
    `PATCH ${WIDGETS}/w`,
    strategic({}),
    415,
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json',
  ],
  [
    `PATCH ${CMS}/a`,
    { body: {}, headers: { 'content-type': 'application/apply-patch+yaml' } },
    415,
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json',
  ],
  [
    `GET ${CMS}/a?resourceVersion=abc`,
    {},
    400,
    'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  ],
  [`GET ${CMS}?timeout=abc`, {}, 400, 'invalid timeout specified in the request URL - time: invalid duration "abc"'],
  [
    `PUT ${LEASES}/l`,
    { body: { metadata: { name: 'l' } } },
    422,
    'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  ],
  [`GET ${WIDGETS}?fieldSelector=spec.size=1`, {}, 400, 'field label not supported: spec.size'],
  [
    `GET ${CMS}/a`,
    accepting('text/html'),
    406,
    'only the following media types are accepted: application/json, application/yaml',
  ],
];

describe('apiHandler()', () => {
  for (const [request, options, code, message] of [...refusals, ...ours]) {
    it(`responds with ${code} to ${request} ${options.body === undefined ? '' : JSON.stringify(options.body)}: ${message.slice(0, 60)}`, async () => {
      const { call, store } = shop();
      const [method, url] = request.split(' ') as [string, string];
      const before = store.revision;
      const { body, headers } = await call(method, url, options);
      expect(body.message).to.equal(message);
      expect([body.code, body.status, body.kind, headers['content-type']]).to.deep.equal([
        code,
        'Failure',
        'Status',
        'application/json',
      ]);
      expect(store.revision, 'a refused request must change nothing').to.equal(before);
    });
  }

  for (const [request, code] of [
    ['GET /apis/nope/v1/x', 404],
    ['GET /apis/nope', 404],
    ['GET /apis/apps/v2', 404],
    ['GET /nope', 404],
    ['GET /healthz/zzz', 404],
  ] as const) {
    it(`responds to ${request} with a plain ${code}`, async () => {
      const [method, url] = request.split(' ') as [string, string];
      const { code: found, text, headers } = await testCluster().call(method, url);
      expect([found, text, headers['content-type']]).to.deep.equal([
        code,
        '404 page not found\n',
        'text/plain; charset=utf-8',
      ]);
    });
  }
});

/** Paths and representations in write requests: conformance 3 and 8. */
import { API_VERSION, BASE, COLLECTION, RACKS } from '../resources.ts';
import {
  apply,
  current,
  del,
  flunder,
  get,
  json,
  merge,
  OBJECT,
  onNothing,
  onObject,
  post,
  put,
  type WriteScenario,
} from '../scenario.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const ALL = `${BASE}/flunders`;
const rack = { apiVersion: API_VERSION, kind: 'Rack', metadata: { name: '{name}' } };

export const PATHS: readonly WriteScenario[] = [
  ...onObject('8', [
    ['POST of one', post(flunder(), { path: OBJECT })],
    ['PUT of a collection', put(current(), { path: COLLECTION })],
    ['PATCH of a collection', merge({}, { path: COLLECTION })],
    ['POST of all namespaces', post(flunder(), { path: ALL })],
    ['PUT without a namespace', put(current(), { path: `${ALL}/{name}` })],
    ['DELETE without a namespace', del(undefined, { path: `${ALL}/{name}` })],
    ['PUT of an unknown subresource', put(current(), { path: `${OBJECT}/frob` })],
    ['PATCH of an unknown subresource', merge({}, { path: `${OBJECT}/frob` })],
    ['POST of an unknown subresource', post({}, { path: `${OBJECT}/frob` })],
    ['DELETE of an unknown subresource', del(undefined, { path: `${OBJECT}/frob` })],
    ['PUT below a subresource', put(current(), { path: `${OBJECT}/status/more` })],
    ['POST of an unknown resource', post(flunder(), { path: `${BASE}/namespaces/default/nothings` })],
    [
      'POST of an unknown version',
      post(flunder(), { path: '/apis/writes.test.example.org/v7/namespaces/default/flunders' }),
    ],
    ['POST in an unknown namespace', post(flunder(), { path: `${BASE}/namespaces/cmp-nothing/flunders` })],
    [
      'PUT in an unknown namespace',
      put(flunder({ resourceVersion: '1' }), { path: `${BASE}/namespaces/cmp-nothing/flunders/x` }),
    ],
    ['DELETE in an unknown namespace', del(undefined, { path: `${BASE}/namespaces/cmp-nothing/flunders/x` })],
    ['PUT with a percent sign', put(flunder(), { path: `${COLLECTION}/a%25b` })],
    ['PATCH with dots', merge({}, { path: `${COLLECTION}/%2E%2E` })],
    ['POST with a slash at the end', post(flunder({ name: '{name}-b' }), { path: `${COLLECTION}/` })],
  ]),
  ...onNothing(
    '8 cluster scope',
    [
      ['in a namespace', post(rack, { path: `${BASE}/namespaces/default/racks` })],
      ['a write to one in a namespace', del(undefined, { path: `${BASE}/namespaces/default/racks/{name}` })],
      [
        'the life of one',
        [
          post(rack, { path: RACKS }),
          put(
            { ...rack, metadata: { name: '{name}', resourceVersion: '{rv}' }, spec: { color: 'red' } },
            { path: `${RACKS}/{name}` },
          ),
          merge({ spec: { color: 'blue' } }, { path: `${RACKS}/{name}` }),
          json([{ op: 'replace', path: '/spec/color', value: 'green' }], { path: `${RACKS}/{name}` }),
          apply({ ...rack, spec: { color: 'green' } }, { path: `${RACKS}/{name}` }),
          del(undefined, { path: `${RACKS}/{name}` }),
        ],
      ],
      ['scale of one without', get({ path: `${RACKS}/{name}/scale` })],
    ],
    `${RACKS}/{name}`,
  ),
  ...onNothing('3 form of a create', [
    ['as a Table', post(flunder(), { accept: TABLE })],
    ['as metadata', post(flunder(), { accept: PARTIAL })],
    ['as metadata of a list', post(flunder(), { accept: PARTIAL_LIST })],
    ['as YAML', post(flunder(), { accept: 'application/yaml' })],
    ['as HTML', post(flunder(), { accept: 'text/html' })],
    ['as a Table, with objects', post(flunder(), { accept: TABLE, query: 'includeObject=Object' })],
    ['as a Table that is bad', post(flunder(), { accept: TABLE, query: 'includeObject=x' })],
    ['an error as a Table', post(flunder({ name: 'A_b' }), { accept: TABLE })],
    ['an error as YAML', post(flunder({ name: 'A_b' }), { accept: 'application/yaml' })],
    ['a dry run as a Table', post(flunder(), { accept: TABLE, query: 'dryRun=All' })],
  ]),
  ...onObject('3 form of a change', [
    ['update as a Table', put(current({}, { spec: { reference: 'b' } }), { accept: TABLE })],
    ['update as metadata', put(current({}, { spec: { reference: 'b' } }), { accept: PARTIAL })],
    ['update as HTML', put(current(), { accept: 'text/html' })],
    ['patch as a Table', merge({ spec: { reference: 'b' } }, { accept: TABLE })],
    ['patch as metadata', merge({ spec: { reference: 'b' } }, { accept: PARTIAL })],
    ['patch as YAML', merge({ spec: { reference: 'b' } }, { accept: 'application/yaml' })],
    ['delete as HTML', del(undefined, { accept: 'text/html' })],
  ]),
];

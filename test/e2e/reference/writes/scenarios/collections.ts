/** Deletes of collections: conformance 6.6. */
import { API_VERSION, BASE, COLLECTION, OTHER_NAMESPACE, RACKS } from '../resources.ts';
import {
  del,
  flunder,
  get,
  onNothing,
  post,
  type StepOptions,
  type WriteScenario,
  type WriteStep,
} from '../scenario.ts';

const item = (suffix: string, metadata: object = {}): WriteStep =>
  post(flunder({ name: `{name}-${suffix}`, labels: { of: '{name}', item: suffix }, ...metadata }));
const three = [item('a'), item('b'), item('c')];
const OF_IT = 'labelSelector=of%3D{name}';
const all = (more = '', options: StepOptions = {}, body?: unknown): WriteStep =>
  del(body, { path: COLLECTION, query: `${OF_IT}${more}`, ...options });
const list = get({ path: COLLECTION, query: OF_IT });
const OTHERS = `${BASE}/namespaces/${OTHER_NAMESPACE}/flunders`;
const rack = (suffix: string, color: string): WriteStep =>
  post(
    { apiVersion: API_VERSION, kind: 'Rack', metadata: { name: `{name}-${suffix}` }, spec: { color } },
    { path: RACKS },
  );

export const COLLECTIONS: readonly WriteScenario[] = [
  ...onNothing('6.6', [
    ['of nothing', all()],
    ['by labels', [...three, all(), list]],
    ['by one label', [...three, all('%2Citem%3Db'), list]],
    ['by a name', [...three, all('&fieldSelector=metadata.name%3D{name}-b'), list]],
    ['with a limit', [...three, all('&limit=2'), list]],
    ['as a dry run', [...three, all('&dryRun=All'), list]],
    [
      'with options',
      [...three, all('', {}, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }), list],
    ],
    [
      'in the foreground',
      [item('a'), all('', {}, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Foreground' }), list],
    ],
    ['with finalizers', [item('a', { finalizers: ['example.com/a'] }), item('b'), all(), list, all()]],
    ['with a bad selector', [item('a'), all('', { query: 'labelSelector=a%3D%3D%3D' }), list]],
    ['with a bad field', [item('a'), all('&fieldSelector=spec.x%3Dy'), list]],
    ['with a bad dry run', [item('a'), all('&dryRun=x'), list]],
    ['with a bad limit', [item('a'), all('&limit=x'), list]],
    ['with a bad body', [item('a'), all('', {}, '{'), list]],
    ['with another body', [item('a'), all('', {}, flunder()), list]],
    [
      'with a bad policy',
      [item('a'), all('', {}, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'x' }), list],
    ],
    [
      'with a precondition',
      [item('a'), all('', {}, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'x' } }), list],
    ],
    ['with a uid in the query', [item('a'), all('&uid=11111111-2222-3333-4444-555555555555'), list]],
    // At version zero, the reference reads its cache, which has the object after a list without a version.
    ['with version zero in the query', [item('a'), list, all('&resourceVersion=0'), list]],
    ['as a Table', [item('a'), all('', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })]],
    [
      'as metadata',
      [item('a'), all('', { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' })],
    ],
    ['as YAML', [item('a'), all('', { accept: 'application/yaml' })]],
    [
      'all of a namespace',
      [
        post(flunder({ name: '{name}-a' }), { path: OTHERS }),
        post(flunder({ name: '{name}-b' }), { path: OTHERS }),
        del(undefined, { path: OTHERS }),
        get({ path: OTHERS }),
      ],
    ],
    ['of all namespaces', del(undefined, { path: `${BASE}/flunders`, query: OF_IT })],
    [
      'of cluster scope by a field',
      [
        rack('a', 'w-red'),
        rack('b', 'w-blue'),
        del(undefined, { path: RACKS, query: 'fieldSelector=spec.color%3Dw-red' }),
        get({ path: RACKS, query: 'fieldSelector=spec.color%3Dw-blue' }),
        del(undefined, { path: RACKS, query: 'fieldSelector=spec.color%3Dw-blue' }),
      ],
    ],
  ]),
];

import { expect } from 'chai';
import { openApiV3 } from '../../../../src/server/wire/openapi/openapi-v3.ts';
import type { OpenApiResource } from '../../../../src/server/wire/openapi/openapi-resource.ts';
import { expectValid, operationsOf } from './valid-document.ts';
import { ALL, example, racks, READ, widgets } from './widgets.ts';

const BASE = '/apis/shop.example.com/v1';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const documentOf = (...resources: OpenApiResource[]): Record<string, any> => openApiV3({ ...example, resources });
const schemasOf = (...resources: OpenApiResource[]): Record<string, any> =>
  documentOf(...resources)['components'].schemas;
const names = (parameters: { name: string }[]): string[] => parameters.map(({ name }) => name);

describe('openApiV3()', () => {
  for (const [name, resources] of [
    ['everything', [widgets, racks]],
    ['a projection', [racks]],
    ['a projection in namespaces', [{ ...racks, namespaced: true }]],
    ['a resource that can only be created', [{ ...racks, verbs: ['create'] }]],
    ['raw endpoints only', []],
  ] satisfies [string, OpenApiResource[]][]) {
    it(`is valid for ${name}`, () => expectValid(documentOf(...resources)));
  }

  it('has the operations of the verbs, with action and kind', () => {
    const { paths } = openApiV3(example) as Record<string, any>;
    const actions = Object.fromEntries(
      Object.entries(paths).map(([path, item]) => [
        path.replace(BASE, ''),
        operationsOf(item as object).map((operation) => operation['x-kubernetes-action']),
      ]),
    );
    expect(actions).to.deep.equal({
      '/namespaces/{namespace}/widgets': ['list', 'post', 'deletecollection'],
      '/namespaces/{namespace}/widgets/{name}': ['get', 'put', 'patch', 'delete'],
      '/namespaces/{namespace}/widgets/{name}/status': ['get', 'put', 'patch'],
      '/namespaces/{namespace}/widgets/{name}/scale': ['get', 'put', 'patch'],
      '/namespaces/{namespace}/widgets/{name}/run': ['post'],
      '/widgets': ['list'],
      '/racks': ['list'],
      '/racks/{name}': ['get'],
    });
    const kindOf = (path: string, method: string): unknown =>
      paths[`${BASE}${path}`][method]['x-kubernetes-group-version-kind'];
    const own = { group: 'shop.example.com', version: 'v1' };
    expect(kindOf('/namespaces/{namespace}/widgets', 'get')).to.deep.equal({ ...own, kind: 'Widget' });
    expect(kindOf('/namespaces/{namespace}/widgets/{name}/status', 'put')).to.deep.equal({ ...own, kind: 'Widget' });
    expect(kindOf('/namespaces/{namespace}/widgets/{name}/scale', 'get')).to.deep.equal({
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
    });
  });

  it('has the parameters of a patch that kubectl looks for, and no strategic merge patch', () => {
    const { patch } = documentOf(widgets)['paths'][`${BASE}/namespaces/{namespace}/widgets/{name}`];
    expect(names(patch.parameters)).to.have.members(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    expect(Object.keys(patch.requestBody.content)).to.have.members([
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/apply-patch+yaml',
    ]);
    expect(patch.requestBody.required).to.equal(true);
  });

  it('offers a watch if the resource supports it', () => {
    const list = (verbs: readonly string[]): string[] =>
      names(documentOf({ ...racks, verbs })['paths'][`${BASE}/racks`].get.parameters);
    expect(list(READ)).to.include.members(['limit', 'continue', 'watch', 'allowWatchBookmarks', 'sendInitialEvents']);
    expect(list(['get', 'list']))
      .to.include('limit')
      .and.not.to.include('watch');
  });

  it('names schemas in reverse-DNS order, with their kinds and selectable fields', () => {
    const schemas = schemasOf(widgets, racks);
    expect(Object.keys(schemas).filter((name) => name.startsWith('com.'))).to.deep.equal([
      'com.example.shop.v1.Rack',
      'com.example.shop.v1.RackList',
      'com.example.shop.v1.Widget',
      'com.example.shop.v1.WidgetList',
    ]);
    const { 'com.example.shop.v1.Widget': widget, 'com.example.shop.v1.WidgetList': list } = schemas;
    expect(widget['x-kubernetes-group-version-kind']).to.deep.equal([
      { group: 'shop.example.com', version: 'v1', kind: 'Widget' },
    ]);
    expect(widget['x-kubernetes-selectable-fields']).to.deep.equal([{ fieldPath: 'status.phase' }]);
    expect(list['x-kubernetes-group-version-kind'][0].kind).to.equal('WidgetList');
    expect(list.properties.items.items).to.deep.equal({ $ref: '#/components/schemas/com.example.shop.v1.Widget' });
    expect(schemas['com.example.shop.v1.Rack']).not.to.have.property('x-kubernetes-selectable-fields');
  });

  it('contains the schema, with the fields of every object', () => {
    const { 'com.example.shop.v1.Widget': widget } = schemasOf(widgets);
    expect(widget).to.include({ type: 'object', description: 'A widget.' });
    expect(widget.required).to.deep.equal(['spec']);
    expect(widget.properties.metadata.allOf).to.deep.equal([{ $ref: `#/components/schemas/${META}.ObjectMeta` }]);
    expect(widget.properties).to.have.all.keys('apiVersion', 'kind', 'metadata', 'spec', 'status');
    const { spec } = widget.properties;
    expect(spec.properties.replicas).to.deep.equal({ type: 'integer', format: 'int32', default: 1, minimum: 0 });
    expect(spec.properties.color).to.include({ type: 'string', nullable: true });
    expect(spec.properties.either.oneOf).to.have.length(2);
    expect(spec.properties.parts).to.include({ 'x-kubernetes-list-type': 'map' });
    expect(spec.properties.port.anyOf).to.deep.equal([{ type: 'integer' }, { type: 'string' }]);
    expect(spec.properties.template.required).to.have.members(['spec', 'kind', 'apiVersion']);
    expect(spec.properties.template.properties).to.have.all.keys('apiVersion', 'kind', 'metadata', 'spec');
  });

  it('is an open object without a schema', () => {
    const { 'com.example.shop.v1.Rack': rack } = schemasOf(racks);
    expect(rack).to.include({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true });
    expect(rack.properties).to.have.all.keys('apiVersion', 'kind', 'metadata');
  });

  it('contains only those shared schemas that are referred to', () => {
    const shared = (verbs: readonly string[]): string[] =>
      Object.keys(schemasOf({ ...racks, verbs }))
        .filter((name) => name.startsWith('io.k8s.'))
        .map((name) => name.slice(name.lastIndexOf('.') + 1));
    const read = ['FieldsV1', 'ListMeta', 'ManagedFieldsEntry', 'ObjectMeta', 'OwnerReference', 'ShardInfo', 'Time'];
    const writes = ['DeleteOptions', 'Patch', 'Preconditions', 'Status', 'StatusCause', 'StatusDetails'];
    expect(shared(READ)).to.have.members(read);
    expect(shared(ALL)).to.have.members([...read, ...writes]);
  });

  it('returns the same result each time, and does not change its input', () => {
    const before = JSON.stringify(example);
    expect(JSON.stringify(openApiV3(example))).to.equal(JSON.stringify(openApiV3(structuredClone(example))));
    expect(JSON.stringify(example)).to.equal(before);
  });
});

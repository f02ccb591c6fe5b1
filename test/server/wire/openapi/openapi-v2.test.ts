import { expect } from 'chai';
import { openApiV2 } from '../../../../src/server/wire/openapi/openapi-v2.ts';
import { openApiV3 } from '../../../../src/server/wire/openapi/openapi-v3.ts';
import { expectValid, operationsOf } from './valid-document.ts';
import { example, racks, widgets, widgetSchema } from './widgets.ts';

const INFO = { title: 'test', version: '1' };
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const document: Record<string, any> = openApiV2([example], INFO);

describe('openApiV2()', () => {
  it('is valid', () => expectValid(document));

  it('is valid for several groups, and for none', async () => {
    await expectValid(
      openApiV2(
        [example, { ...example, version: 'v2beta1' }, { group: 'other.org', version: 'v1', resources: [racks] }],
        INFO,
      ),
    );
    await expectValid(openApiV2([], INFO));
  });

  it('has the same operations as v3', () => {
    const summary = ({ paths }: Record<string, any>): unknown =>
      Object.entries(paths as Record<string, object>).map(([path, item]) => [
        path,
        operationsOf(item).map(({ operationId, parameters }) => [
          operationId,
          parameters.map(({ name }: { name: string }) => name).filter((name: string) => name !== 'body'),
        ]),
      ]);
    expect(summary(document)).to.deep.equal(summary(openApiV3(example)));
  });

  it('lists the accepted media types, without strategic merge patch', () => {
    const { patch } = document['paths']['/apis/shop.example.com/v1/namespaces/{namespace}/widgets/{name}'];
    expect(patch.consumes).to.deep.equal([
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/apply-patch+yaml',
    ]);
  });

  it('says less than the schema if OpenAPI v2 cannot express it, like apiextensions', () => {
    const { spec } = document['definitions']['com.example.shop.v1.Widget'].properties;
    expect(spec).to.deep.equal({
      type: 'object',
      required: ['replicas'],
      properties: {
        replicas: { type: 'integer', format: 'int32', minimum: 0 },
        port: { 'x-kubernetes-int-or-string': true, description: 'number or name', pattern: '^p' },
        color: { enum: ['red', null], description: 'c' },
        extra: { description: 'e' },
        free: { 'x-kubernetes-preserve-unknown-fields': true, description: 'f' },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          required: ['spec', 'kind', 'apiVersion'],
          properties: {
            ...spec.properties.template.properties,
            spec: { type: 'object' },
          },
        },
        labels: { type: 'object', additionalProperties: { maxLength: 5 } },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
        },
        either: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } } },
      },
    });
    expect(spec.properties.template.properties.metadata.$ref).to.equal(`#/definitions/${META}.ObjectMeta`);
  });

  it('keeps properties that are named like a keyword of schemas', () => {
    const properties = {
      default: { type: 'string' },
      nullable: { type: 'boolean' },
      $ref: { type: 'string' },
    } as const;
    const schema = {
      ...widgetSchema,
      properties: { spec: { type: 'object', required: ['default'], properties } },
    } as const;
    const { definitions } = openApiV2([{ ...example, resources: [{ ...widgets, schema }] }], INFO) as Record<
      string,
      any
    >;
    expect(definitions['com.example.shop.v1.Widget'].properties.spec).to.deep.equal({
      type: 'object',
      required: ['default'],
      properties,
    });
  });

  it('declares no fields without a schema, or for an object with any fields, because kubectl would reject all others', () => {
    const claim = { group: 'shop.example.com', version: 'v1', kind: 'Rack' };
    const open = { type: 'object', 'x-kubernetes-group-version-kind': [claim] };
    expect(document['definitions']['com.example.shop.v1.Rack']).to.deep.equal(open);
    const schema = {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      required: ['spec'],
      properties: { spec: { type: 'object' } },
    } as const;
    const { definitions } = openApiV2([{ ...example, resources: [{ ...racks, schema }] }], INFO) as Record<string, any>;
    expect(definitions['com.example.shop.v1.Rack']).to.deep.equal(open);
  });

  it('claims no kind that other servers claim too, because an aggregator merges all documents', () => {
    const claimed = Object.entries(document['definitions'] as Record<string, any>)
      .filter(([, schema]) => schema['x-kubernetes-group-version-kind'] !== undefined)
      .map(([name]) => name);
    expect(claimed).to.have.length(4);
    expect(claimed.every((name) => name.startsWith('com.example.shop.v1.'))).to.equal(true);
  });
});

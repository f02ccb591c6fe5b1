/** Strict validation of OpenAPI documents, and properties of all documents that kubectl and an aggregator read. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';

type Document = Record<string, any>;

/** Checks that a document is valid: its schema, references, path parameters and operation ids. */
export async function expectValid(document: object): Promise<void> {
  // The document as sent, without `undefined`.
  const sent: Document = JSON.parse(JSON.stringify(document));
  const { valid, errors } = await new Validator().validate(structuredClone(sent));
  expect(errors, JSON.stringify(errors, undefined, 1)).to.equal(undefined);
  expect(valid).to.equal(true);

  const names = Object.keys(sent['definitions'] ?? sent['components'].schemas);
  const prefix = sent['swagger'] === '2.0' ? '#/definitions/' : '#/components/schemas/';
  for (const reference of referencesIn(sent)) {
    expect(reference.startsWith(prefix), reference).to.equal(true);
    expect(names).to.include(reference.slice(prefix.length));
  }
  const ids: string[] = [];
  for (const [path, item] of Object.entries(sent['paths'] as Document)) {
    const inPath = item.parameters.filter((parameter: Document) => parameter['in'] === 'path');
    expect(inPath.map(({ name }: Document) => name)).to.have.members(
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    );
    for (const operation of operationsOf(item)) {
      ids.push(operation['operationId']);
      const all = [...item.parameters, ...operation['parameters']].map(({ name }: Document) => name);
      expect(new Set(all).size, `parameters of ${operation['operationId']}`).to.equal(all.length);
    }
  }
  expect(new Set(ids).size, 'operation ids').to.equal(ids.length);
}

/** Returns the operations of a path. */
export function operationsOf(item: Document): Document[] {
  return ['get', 'post', 'put', 'patch', 'delete'].flatMap((method) => item[method] ?? []);
}

/** Returns all `$ref` of a document. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  );
}

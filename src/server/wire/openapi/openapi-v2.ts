/**
 * OpenAPI v2 documents.
 * @module
 */
import { openApiV2Dialect, type OpenApiGroupVersion, type OpenApiSchema } from './openapi-resource.ts';
import { namedSchemas } from './named-schemas.ts';
import {
  type OpenApiOperation,
  type OpenApiPath,
  pathsOf,
  DOCUMENT_TYPES,
  PATCH_TYPES,
  responses,
} from './operations.ts';
import type { Parameter } from './parameters.ts';

/**
 * Returns the OpenAPI v2 (Swagger 2.0) document of all resources (conformance 5.5). It depends on definitions alone. Parameters are
 * repeated in each operation, because aggregators before 1.27 lose references to parameters.
 */
export function openApiV2(
  groupVersions: readonly OpenApiGroupVersion[],
  info: { readonly title: string; readonly version: string },
): OpenApiSchema {
  const paths = Object.fromEntries(groupVersions.flatMap(pathsOf).map((path) => [path.path, pathItem(path)]));
  return { swagger: '2.0', info, paths, definitions: namedSchemas(groupVersions, paths, openApiV2Dialect) };
}

function parameter({ in: place, ...rest }: Parameter): OpenApiSchema {
  return {
    ...rest,
    in: place,
    ...(place === 'path' ? { required: true } : {}),
  };
}

function pathItem({ parameters, operations }: OpenApiPath): OpenApiSchema {
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationObject(operation)])),
    parameters: parameters.map(parameter),
  };
}

function schemaOf(name: string | undefined): OpenApiSchema {
  return name === undefined ? { type: 'object' } : openApiV2Dialect.reference(name);
}

function operationObject({ id, tag, description, parameters, body, ...operation }: OpenApiOperation): OpenApiSchema {
  return {
    tags: [tag],
    description,
    operationId: id,
    schemes: ['https'],
    consumes: body?.patch === true ? PATCH_TYPES : DOCUMENT_TYPES,
    produces: DOCUMENT_TYPES,
    parameters: [
      ...(body === undefined
        ? []
        : [{ name: 'body', in: 'body', required: body.required, schema: schemaOf(body.schema) }]),
      ...parameters.map(parameter),
    ],
    responses: responses(operation.codes, () => ({ schema: schemaOf(operation.response) })),
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
}

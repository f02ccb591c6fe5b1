/**
 * OpenAPI v3 documents.
 * @module
 */
import { openApiV3Dialect, type OpenApiGroupVersion, type OpenApiSchema } from './openapi-resource.ts';
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
 * Returns the OpenAPI v3 document of a group version (conformance 5.6). It depends on definitions alone: processes that serve the same
 * resources return the same bytes.
 */
export function openApiV3(groupVersion: OpenApiGroupVersion): OpenApiSchema {
  const paths = Object.fromEntries(pathsOf(groupVersion).map((path) => [path.path, pathItem(path)]));
  return {
    openapi: '3.0.0',
    info: { title: groupVersion.group, version: groupVersion.version },
    paths,
    components: { schemas: namedSchemas([groupVersion], paths, openApiV3Dialect) },
  };
}

function parameter({ type, in: place, ...rest }: Parameter): OpenApiSchema {
  return {
    ...rest,
    in: place,
    ...(place === 'path' ? { required: true } : {}),
    schema: { type },
  };
}

function pathItem({ parameters, operations }: OpenApiPath): OpenApiSchema {
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationObject(operation)])),
    parameters: parameters.map(parameter),
  };
}

function schemaOf(name: string | undefined): OpenApiSchema {
  return name === undefined ? { type: 'object' } : openApiV3Dialect.reference(name);
}

function contentOf(name: string | undefined, mediaTypes: readonly string[]): OpenApiSchema {
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema: schemaOf(name) }]));
}

function operationObject({ id, tag, description, parameters, body, ...operation }: OpenApiOperation): OpenApiSchema {
  return {
    tags: [tag],
    description,
    operationId: id,
    parameters: parameters.map(parameter),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: contentOf(body.schema, body.patch ? PATCH_TYPES : DOCUMENT_TYPES),
          },
        }),
    responses: responses(operation.codes, () => ({ content: contentOf(operation.response, DOCUMENT_TYPES) })),
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
}

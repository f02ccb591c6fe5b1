import type { OpenApiSchema } from './openapi-resource.ts';

/** What differs between the schemas of OpenAPI v2 and v3. */
export interface Dialect {
  readonly version: 2 | 3;
  /** Where named schemas stand in a document. */
  readonly prefix: string;
  /** A schema that is another one, by name. v3 has no room for a description beside a reference, so it is wrapped. */
  readonly reference: (name: string, description?: string) => OpenApiSchema;
}

const V2_PREFIX = '#/definitions/';
const V3_PREFIX = '#/components/schemas/';

export const openApiV2Dialect: Dialect = {
  version: 2,
  prefix: V2_PREFIX,
  reference: (name, description) => ({
    ...(description === undefined ? {} : { description }),
    $ref: `${V2_PREFIX}${name}`,
  }),
};

export const openApiV3Dialect: Dialect = {
  version: 3,
  prefix: V3_PREFIX,
  reference: (name, description) => {
    const reference = { $ref: `${V3_PREFIX}${name}` };
    return description === undefined ? reference : { description, allOf: [reference] };
  },
};

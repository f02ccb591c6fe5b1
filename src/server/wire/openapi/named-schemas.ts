/**
 * The named schemas of an OpenAPI document.
 * @module
 */
import type { Dialect, OpenApiGroupVersion, OpenApiSchema } from './openapi-resource.ts';
import { kindSchemas } from './kind-schemas.ts';
import { metaSchemas } from './meta-schemas.ts';

/**
 * Returns the schemas of a document by name: those of the kinds, and all shared schemas that they or the paths refer to, directly or
 * indirectly.
 */
export function namedSchemas(
  groupVersions: readonly OpenApiGroupVersion[],
  paths: OpenApiSchema,
  dialect: Dialect,
): Readonly<Record<string, OpenApiSchema>> {
  const kinds: Readonly<Record<string, OpenApiSchema>> = Object.fromEntries(
    groupVersions.flatMap((groupVersion) =>
      groupVersion.resources.flatMap((resource) => Object.entries(kindSchemas(groupVersion, resource, dialect))),
    ),
  );
  const shared = metaSchemas(dialect);
  const found = new Set<string>();
  const waiting: unknown[] = [paths, kinds];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string' && value.startsWith(dialect.prefix)) {
      const name = value.slice(dialect.prefix.length);
      if (found.has(name) || !Object.hasOwn(shared, name)) continue;
      found.add(name);
      waiting.push(shared[name]);
    } else if (typeof value === 'object' && value !== null) {
      waiting.push(...Object.values(value));
    }
  }
  const used = Object.entries(shared).filter(([name]) => found.has(name));
  return Object.fromEntries([...used, ...Object.entries(kinds)].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

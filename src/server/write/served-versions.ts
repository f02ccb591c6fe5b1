/**
 * Everything a server serves, by group and version.
 * @module
 */
import type { RawEndpointParts } from '../define/raw-endpoint.ts';

import type { ApiParts } from '../define/api-definition.ts';
import { ServedResource, type ServingContext } from './served-resource.ts';

/** The resources under one group and version, by plural. */
export type ServedVersion = ReadonlyMap<string, ServedResource | RawEndpointParts>;

/** Returns all resources by `group/version`, then by plural. */
export function servedVersions(apis: readonly ApiParts[], context: ServingContext): ReadonlyMap<string, ServedVersion> {
  return new Map(
    apis.map(({ group, version, resources }): [string, ServedVersion] => [
      `${group}/${version}`,
      new Map(
        resources.map((item): [string, ServedResource | RawEndpointParts] => {
          if (item.type === 'raw') return [item.discovery.name, item];
          const apiVersions = apiVersionsOf(apis, group, item.definition.plural);
          return [item.discovery.name, new ServedResource({ group, version, apiVersions }, item, context)];
        }),
      ),
    ]),
  );
}

/** All versions that a resource has: managers of fields are known by theirs. */
function apiVersionsOf(apis: readonly ApiParts[], group: string, plural: string): string[] {
  return apis.flatMap((one) =>
    one.group === group && one.resources.some(({ discovery }) => discovery.name === plural)
      ? [`${group}/${one.version}`]
      : [],
  );
}

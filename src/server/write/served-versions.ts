/**
 * Everything a server serves, by group and version.
 * @module
 */
import type { RawEndpoint } from '../define/raw-endpoint.ts';
import type { ServedVersion } from '../http/resources.ts';
import type { GroupDefinition } from '../define/api-definition.ts';
import { ServedResource, type Surroundings } from './served-resource.ts';

/** By `group/version`, and then by plural. */
export function servedVersions(
  definitions: readonly GroupDefinition[],
  surroundings: Surroundings,
): ReadonlyMap<string, ServedVersion> {
  return new Map(
    definitions.map(({ group, version, resources }): [string, ServedVersion] => [
      `${group}/${version}`,
      new Map(
        resources.map((item): [string, ServedResource | RawEndpoint] => {
          if (item.type === 'raw') return [item.discovery.name, item];
          const apiVersions = apiVersionsOf(definitions, group, item.definition.plural);
          return [item.discovery.name, new ServedResource({ group, version, apiVersions }, item, surroundings)];
        }),
      ),
    ]),
  );
}

/** All versions that a resource has: managers of fields are known by theirs. */
function apiVersionsOf(definitions: readonly GroupDefinition[], group: string, plural: string): string[] {
  return definitions.flatMap((one) =>
    one.group === group && one.resources.some(({ discovery }) => discovery.name === plural)
      ? [`${group}/${one.version}`]
      : [],
  );
}

/**
 * Merges the OpenAPI v2 document of a backend into the document of the cluster.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';

type Members = Readonly<Record<string, unknown>>;

const REFERENCE = '#/definitions/';

/**
 * Returns the document with the paths of another document below the prefixes, and with their definitions. If a
 * different definition has the same name, the new one gets a suffix (`…_v2`, `…_v3`), as in kube-aggregator.
 */
export function mergeOpenApiV2<T extends object>(document: T, other: Members, prefixes: readonly string[]): T {
  const { paths = {}, definitions = {} } = document as { readonly paths?: Members; readonly definitions?: Members };
  const known = (other['definitions'] ?? {}) as Members;
  const added = Object.fromEntries(
    Object.entries((other['paths'] ?? {}) as Members).filter(([path]) =>
      prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)),
    ),
  );
  const names = reachable(added, known);
  const renamed = new Map<string, string>();
  for (const name of names) {
    if (definitions[name] === undefined || isDeepStrictEqual(definitions[name], known[name])) continue;
    let number = 2;
    while (definitions[`${name}_v${number}`] !== undefined || known[`${name}_v${number}`] !== undefined) number++;
    renamed.set(name, `${name}_v${number}`);
  }
  return {
    ...document,
    paths: { ...paths, ...(withReferences(added, renamed) as Members) },
    definitions: {
      ...definitions,
      ...Object.fromEntries(
        [...names].map((name) => [renamed.get(name) ?? name, withReferences(known[name], renamed)]),
      ),
    },
  };
}

const referenceOf = (value: Members): string | undefined => {
  const { $ref } = value;
  return typeof $ref === 'string' && $ref.startsWith(REFERENCE) ? $ref.slice(REFERENCE.length) : undefined;
};

/** Returns the names of the definitions that a value refers to, directly or through other definitions. */
const reachable = (value: unknown, definitions: Members): ReadonlySet<string> => {
  const names = new Set<string>();
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    const name = referenceOf(next as Members);
    if (name !== undefined && !names.has(name) && definitions[name] !== undefined) {
      names.add(name);
      waiting.push(definitions[name]);
    }
    waiting.push(...Object.values(next));
  }
  return names;
};

const withReferences = (value: unknown, renamed: ReadonlyMap<string, string>): unknown => {
  if (renamed.size === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withReferences(item, renamed));
  const name = renamed.get(referenceOf(value as Members) ?? '');
  return Object.fromEntries(
    Object.entries(value).map(([field, content]) => [
      field,
      field === '$ref' && name !== undefined ? `${REFERENCE}${name}` : withReferences(content, renamed),
    ]),
  );
};

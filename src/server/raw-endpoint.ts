/**
 * Raw endpoints: plain koa handlers under a resource's path.
 * @module
 */
import type { Middleware } from 'koa';
import type { ApiResource } from './wire/discovery.ts';
import { dns1123LabelMessage } from './wire/names.ts';

/** HTTP methods of raw endpoints. */
export type RawMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Handlers by method. */
export type RawHandlers = Readonly<Partial<Record<RawMethod, Middleware>>>;

/** A raw endpoint, made by {@link rawEndpoint}. */
export interface RawEndpoint {
  readonly type: 'raw';
  readonly name: string;
  /** By the path below the resource: `''`, `/bar`. */
  readonly paths: ReadonlyMap<string, RawHandlers>;
  readonly discovery: ApiResource;
}

/** What a raw endpoint is made from. */
export interface RawEndpointDefinition {
  /** The resource's name in the path. */
  readonly name: string;
  /** @default the name with a capital */
  readonly kind?: string | undefined;
  /** Handlers by the path below the resource (`''` is the resource itself) and by method. */
  readonly paths: Readonly<Record<string, RawHandlers>>;
}

const VERBS: Readonly<Record<RawMethod, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Serves plain koa handlers under `/apis/GROUP/VERSION/NAME`. They get the koa context as it is, the user in `ctx.state.user`.
 * @throws TypeError when the definition cannot be served
 * @example
 * rawEndpoint({ name: 'foo', paths: { '': { GET: (ctx) => { ctx.body = { hello: 'foo' }; } }, '/bar': { GET: bar } } });
 */
export function rawEndpoint({ name, kind, paths }: RawEndpointDefinition): RawEndpoint {
  const message = dns1123LabelMessage(name);
  if (message !== undefined) throw new TypeError(`raw endpoint ${name}: name: ${message}`);
  const byPath = new Map(Object.entries(paths));
  for (const path of byPath.keys()) {
    if (!/^(\/[^/]+)*$/.test(path))
      throw new TypeError(`raw endpoint ${name}: paths: "${path}" must be "" or begin with "/"`);
  }
  const ownKind = kind ?? `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  const verbsOf = (handlers: RawHandlers | undefined): string[] =>
    Object.keys(handlers ?? {}).map((method) => VERBS[method as RawMethod]);
  return {
    type: 'raw',
    name,
    paths: byPath,
    discovery: {
      name,
      singularName: name,
      namespaced: false,
      kind: ownKind,
      verbs: verbsOf(byPath.get('')),
      subresources: [...byPath]
        .filter(([path]) => path !== '')
        .map(([path, handlers]) => ({ name: path.slice(1), verbs: verbsOf(handlers), kind: ownKind })),
    },
  };
}

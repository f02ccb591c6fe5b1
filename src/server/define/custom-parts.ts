/**
 * The parts of a custom resource that follow from its definition and its store or handlers: verbs, subresources and rules for content.
 * @module
 */
import type { Store } from '../../stores/object-store.ts';
import type { ApiSubresource } from '../wire/discovery.ts';
import { type ContentRules, contentRulesOf } from './content.ts';
import type { CustomResourceDefinition, ScaleDefinition } from './custom-definition.ts';
import type { Handlers } from './handlers.ts';
import { SCALE } from './scale.ts';

/** The parts of a custom resource that only the server reads. */
export interface CustomParts {
  readonly verbs: readonly string[];
  readonly subresources: readonly ApiSubresource[];
  readonly scale: ScaleDefinition | undefined;
  readonly content: ContentRules;
  readonly hasStatus: boolean;
  /** The store or the handlers that keep the objects. */
  readonly backing: Store | Handlers<object>;
}

const STORE_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'] as const;

/** The verbs that each handler adds to discovery. */
const HANDLER_VERBS = {
  create: ['create'],
  delete: ['delete'],
  deleteCollection: ['deletecollection'],
  get: ['get'],
  list: ['list'],
  replace: ['patch', 'update'],
  watch: ['watch'],
} as const satisfies Partial<Record<keyof Handlers<object>, readonly string[]>>;

type HandlerName = keyof typeof HANDLER_VERBS;
const HANDLER_NAMES = Object.keys(HANDLER_VERBS) as readonly HandlerName[];

/** Whether a store keeps the objects, rather than handlers. */
export function isStore(backing: Store | Handlers<object>): backing is Store {
  return 'open' in backing;
}

/**
 * Returns the parts of a custom resource.
 * @throws TypeError for an invalid schema or invalid handlers, which names the resource and the invalid field
 */
export function customParts<R>(
  definition: CustomResourceDefinition<R>,
  content: Store | Handlers<R & object>,
): CustomParts {
  const { plural, scale, status: hasStatus = false } = definition;
  // At run time the framework checks that handlers return objects; it cannot check that these are of type R.
  const backing = content as Store | Handlers<object>;
  if (!isStore(backing)) checkHandlers(plural, backing);
  const verbs = isStore(backing) ? STORE_VERBS : handlerVerbs(backing);
  const subresourceVerbs = SUBRESOURCE_VERBS.filter((verb) => verbs.some((one) => one === verb));
  return {
    verbs,
    subresources: [
      ...(hasStatus ? [{ name: 'status', verbs: subresourceVerbs }] : []),
      ...(scale === undefined ? [] : [{ name: 'scale', verbs: subresourceVerbs, ...SCALE }]),
    ],
    scale,
    hasStatus,
    content: contentRulesOf(definition),
    backing,
  };
}

/** Returns the verbs that handlers add to discovery, sorted. */
export function handlerVerbs(handlers: Handlers<object>): string[] {
  return HANDLER_NAMES.flatMap((name): readonly string[] =>
    handlers[name] === undefined ? [] : HANDLER_VERBS[name],
  ).toSorted();
}

/** Whether the framework can read objects back after they were written. */
export function isReadable({ get, list, watch }: Handlers<object>): boolean {
  return get !== undefined || list !== undefined || watch !== undefined;
}

/**
 * Checks handlers.
 * @throws TypeError that names the resource and the missing or invalid handler
 */
export function checkHandlers(resource: string, handlers: Handlers<object>): void {
  const reject = (message: string): never => {
    throw new TypeError(`handlers of ${resource}: ${message}`);
  };
  if (handlerVerbs(handlers).length === 0) reject(`at least one is needed: ${HANDLER_NAMES.join(', ')}`);
  for (const name of HANDLER_NAMES) {
    const handler: unknown = handlers[name];
    if (handler === undefined || typeof handler === 'function' || (name === 'watch' && handler === 'polled')) continue;
    reject(`${name} must be a function${name === 'watch' ? ' or "polled"' : ''}`);
  }
  if (handlers.watch === 'polled' && handlers.list === undefined) reject('watch: "polled" needs list');
  for (const name of ['replace', 'delete', 'deleteCollection'] as const) {
    if (handlers[name] !== undefined && !isReadable(handlers)) {
      reject(`${name} needs get, list or watch, which read the object before it is changed`);
    }
  }
  const { pollInterval } = handlers;
  if (pollInterval !== undefined && !(pollInterval > 0)) reject('pollInterval must be above 0');
}

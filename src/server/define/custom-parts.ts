/**
 * The parts of a custom resource that follow from its definition and its store or handlers: verbs, subresources, rules for content.
 * @module
 */
import type { Store } from '../../stores/object-store.ts';
import type { ApiSubresource } from '../wire/discovery.ts';
import { type Content, contentOf } from './content.ts';
import type { CustomResourceDefinition, ScaleDefinition } from './custom-definition.ts';
import { checkHandlers, verbsOf } from './handler-verbs.ts';
import type { Handlers } from './handlers.ts';
import { SCALE } from './scale.ts';

/** The parts of a custom resource; see the top of this file. */
export interface CustomParts {
  readonly verbs: readonly string[];
  readonly subresources: readonly ApiSubresource[];
  readonly scale: ScaleDefinition | undefined;
  readonly content: Content;
  readonly hasStatus: boolean;
  /** The store that keeps the objects, or the handlers that do. */
  readonly backing: Store | Handlers<object>;
}

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'] as const;

/** Whether objects are kept by a store, and not by handlers. */
export function isStore(backing: Store | Handlers<object>): backing is Store {
  return 'open' in backing;
}

/** @throws TypeError for a schema or handlers that cannot be served, naming the place */
export function customParts<R>(
  definition: CustomResourceDefinition<R>,
  given: Store | Handlers<R & object>,
): CustomParts {
  const { plural, scale, status: hasStatus = false } = definition;
  // The framework checks that handlers get and return objects. That these are of type R is the handlers' own promise.
  const backing = given as Store | Handlers<object>;
  if (!isStore(backing)) checkHandlers(plural, backing);
  const verbs = isStore(backing) ? ALL_VERBS : verbsOf(backing);
  const subresourceVerbs = SUBRESOURCE_VERBS.filter((verb) => verbs.some((one) => one === verb));
  return {
    verbs,
    subresources: [
      ...(hasStatus ? [{ name: 'status', verbs: subresourceVerbs }] : []),
      ...(scale === undefined ? [] : [{ name: 'scale', verbs: subresourceVerbs, ...SCALE }]),
    ],
    scale,
    hasStatus,
    content: contentOf(definition),
    backing,
  };
}

/**
 * Which verbs handlers make, and whether they are enough for these.
 * @module
 */
import type { Handlers } from './handlers.ts';

/** Names of handlers, and the verbs of each. In the order of discovery. */
const VERBS = {
  create: ['create'],
  delete: ['delete'],
  deleteCollection: ['deletecollection'],
  get: ['get'],
  list: ['list'],
  replace: ['patch', 'update'],
  watch: ['watch'],
} as const satisfies Partial<Record<keyof Handlers<object>, readonly string[]>>;

type HandlerName = keyof typeof VERBS;
const NAMES = Object.keys(VERBS) as readonly HandlerName[];

/** The verbs of discovery, sorted. */
export function verbsOf(handlers: Handlers<object>): string[] {
  return NAMES.flatMap((name): readonly string[] => (handlers[name] === undefined ? [] : VERBS[name])).toSorted();
}

/** Whether objects can be found again, once they were written. */
export function isReadable({ get, list, watch }: Handlers<object>): boolean {
  return get !== undefined || list !== undefined || watch !== undefined;
}

/** @throws TypeError naming the resource and the handler that is missing or wrong */
export function checkHandlers(resource: string, handlers: Handlers<object>): void {
  const refuse = (message: string): never => {
    throw new TypeError(`handlers of ${resource}: ${message}`);
  };
  if (verbsOf(handlers).length === 0) refuse(`there are none; known are ${NAMES.join(', ')}`);
  for (const name of NAMES) {
    const handler: unknown = handlers[name];
    if (handler === undefined || typeof handler === 'function' || (name === 'watch' && handler === 'polled')) continue;
    refuse(`${name} is no function${name === 'watch' ? ', and not "polled"' : ''}`);
  }
  if (handlers.watch === 'polled' && handlers.list === undefined) refuse('watch: "polled" needs list');
  for (const name of ['replace', 'delete', 'deleteCollection'] as const) {
    if (handlers[name] !== undefined && !isReadable(handlers))
      refuse(`${name} needs get, list or watch: a change is made from what is there`);
  }
  const { pollEvery } = handlers;
  if (pollEvery !== undefined && !(pollEvery > 0)) refuse('pollEvery must be above 0');
}

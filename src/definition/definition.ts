/**
 * Definitions: the APIs that a module serves, as a value that every command can evaluate, with a cluster or without one.
 *
 * A definition contains a function of informers. It does not contain the settings of the operator, such as ports, certificates and limits.
 * @module
 */
import type { InformerFactory, InformerFactoryOptions } from '../informers/index.ts';
import type { ApiDefinition } from '../server/index.ts';
import { version } from '../version.ts';

/** The parameter of the function that defines a server. */
export interface DefinitionContext {
  /** The informers of the cluster. Commands that need no cluster pass informers that never read anything. */
  readonly informers: InformerFactory;
  /** Aborted when the server has shut down, for timers and connections of the module. Stores of resources are closed without it. */
  readonly signal: AbortSignal;
}

/** The content of a server: its APIs, like the option `apis` of `apiServer`. */
export interface ServerContent {
  readonly apis: readonly ApiDefinition[];
}

/** The function that defines a server. It must not wait for objects of the informers, because they read nothing while it runs. */
export type DefineServer = (context: DefinitionContext) => ServerContent | Promise<ServerContent>;

/** The options of the informers that belong to the definition, because its rows depend on them. */
export type DefinitionOptions = Pick<InformerFactoryOptions, 'transforms' | 'keepManagedFields'>;

/** The property by which other installations of the package recognize a definition. Its value is the version of the package. */
const BRAND: unique symbol = Symbol.for('kubefacet.definition');

/** A definition. Made by {@link kubefacet}; it has no members for users. */
export interface Definition {
  readonly [BRAND]: string;
}

/** The parts of a {@link Definition} that commands use. */
export interface DefinitionParts {
  readonly options: DefinitionOptions;
  /**
   * Calls the function of the definition.
   * @throws TypeError if the function does not return `{ apis }`; and every error of the function
   */
  evaluate(context: DefinitionContext): Promise<ServerContent>;
}

const PARTS = new WeakMap<object, DefinitionParts>();

/**
 * Defines the server of a module. Export the result as the default export, and run the module with `kubefacet serve MODULE`.
 * @param define returns the APIs. It is called once for each server
 * @throws TypeError if `define` is not a function
 * @example
 * export default kubefacet(({ informers }) => ({
 *   apis: [{ group: 'example.com', version: 'v1', resources: [podSummaries(informers.pods)] }],
 * }));
 */
export function kubefacet(define: DefineServer, options: DefinitionOptions = {}): Definition {
  if (typeof define !== 'function') {
    throw new TypeError(
      'kubefacet() needs a function: kubefacet(({ informers }) => ({ apis: [{ group, version, resources }] }))',
    );
  }
  const definition: Definition = Object.freeze({ [BRAND]: version });
  PARTS.set(definition, { options, evaluate: async (context) => checked(await define(context)) });
  return definition;
}

/**
 * Returns the parts of a definition.
 * @throws TypeError if the value is not a definition, or if another installation of the package made it
 */
export function definitionParts(value: unknown): DefinitionParts {
  if (typeof value === 'object' && value !== null) {
    const parts = PARTS.get(value);
    if (parts !== undefined) return parts;
    if (BRAND in value) {
      throw new TypeError(
        `is from another installation of kubefacet (version ${String(value[BRAND])}); run the command of that installation`,
      );
    }
  }
  throw new TypeError(`is ${described(value)}, but it must be the result of kubefacet(({ informers }) => ({ apis }))`);
}

function checked(content: unknown): ServerContent {
  if (typeof content === 'object' && content !== null && 'apis' in content && Array.isArray(content.apis)) {
    return content as ServerContent;
  }
  throw new TypeError(
    `the function of kubefacet() returned ${described(content)}, but it must return { apis: [{ group, version, resources }] }`,
  );
}

function described(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

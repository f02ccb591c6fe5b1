/**
 * kubefacet: derived Kubernetes resources, served through the API aggregation layer.
 *
 * `kubefacet()`, which defines the server of a module, and everything of `kubefacet/informers`, `kubefacet/projections` and `kubefacet/server`. Test doubles are in `kubefacet/testing`.
 * @module
 */
export {
  type DefineServer,
  type Definition,
  type DefinitionContext,
  type DefinitionOptions,
  kubefacet,
  type ServerContent,
} from './definition/definition.ts';
export * from './informers/index.ts';
export * from './projections/index.ts';
export * from './server/index.ts';
export { version } from './version.ts';

/**
 * kubefacet: derived Kubernetes resources, served through the API aggregation layer.
 *
 * Everything of `kubefacet/informers`, `kubefacet/projections` and `kubefacet/server`. Test doubles are in `kubefacet/testing`.
 * @module
 */
export * from './informers/index.ts';
export * from './projections/index.ts';
export * from './server/index.ts';
export { version } from './version.ts';

/** Pages: writable rows of pods that the tests of this folder share. */
import { identity } from '../../../../src/projections/identity.ts';
import { filter } from '../../../../src/projections/operators/filter.ts';
import { map } from '../../../../src/projections/operators/map.ts';
import type { Collection } from '../../../../src/informers/collection/collection.ts';
import type { V1Pod } from '../../../../src/informers/wire-type.ts';
import {
  mergePatchOf,
  type ProjectionWrites,
  resource,
  type ResourceDefinition,
} from '../../../../src/server/index.ts';
import type { FakeUpstream } from './fake-upstream.ts';
import { ThroughRig } from './through-rig.ts';

export const PATH = '/apis/example.com/v1/namespaces/shop/pages';
export const WEB: string = `${PATH}/web`;
/** A patch of a writable field. */
export const TEAM = { metadata: { labels: { team: 'a' } } };

export interface Page {
  readonly metadata: ReturnType<typeof identity>;
  readonly node: string | undefined;
}

export const pageOf = (object: V1Pod): Page => ({ metadata: identity(object), node: object.spec?.nodeName });

export const LABELS: ProjectionWrites<Page> = {
  fields: ['metadata.labels'],
  patch: ({ current, wanted }) => ({
    patch: { metadata: { labels: mergePatchOf(current.metadata.labels, wanted.metadata.labels) } },
  }),
  replace: ({ wanted }) => ({ patch: { metadata: { labels: { team: null, ...wanted.metadata.labels } } } }),
  delete: () => ({ delete: true }),
};

export const PAGE: ResourceDefinition<Page> = { kind: 'Page', plural: 'pages', namespaced: true };

/** Starts a server of the pages of all pods without the label `hidden`. */
export const servePages = (
  pods: Collection<V1Pod>,
  upstream: FakeUpstream,
  write: ProjectionWrites<Page> = LABELS,
): Promise<ThroughRig> => {
  const rows = pods.pipe(
    filter((one) => one.metadata?.labels?.['hidden'] === undefined),
    map(pageOf),
  );
  return ThroughRig.of({ informers: upstream.informers, resources: [resource({ ...PAGE, write }, rows)] });
};

/** A custom resource that the cluster does not always let us have, and pods beside it. */
import type { Collection, InformerFactory, Informer, SourceObject } from '../../src/informers/index.ts';
import { identity, map } from '../../src/projections/index.ts';
import { type Resource, resource } from '../../src/server/index.ts';
import type { ResourceKind } from '../../src/testing/index.ts';
import { BASE, type TestServer, until } from '../support/test-server.ts';
import { failures, LONGEST_WAIT, podPhases, UpstreamRig } from './upstream-rig.ts';

export const NAME = 'widgets.example.org';
export const WIDGETS: ResourceKind = { group: 'example.org', version: 'v1', plural: 'widgets', kind: 'Widget' };
export const ROWS = `${BASE}/widgetrows`;

const widgetRows = (widgets: Collection<SourceObject>): Resource =>
  resource(
    { kind: 'WidgetRow', plural: 'widgetrows', namespaced: true },
    widgets.pipe(map((widget) => ({ metadata: identity(widget) }))),
  );

export class WidgetStage {
  readonly rig: UpstreamRig;
  readonly informers: InformerFactory;
  readonly widgets: Informer<SourceObject>;
  readonly #rights: { widgets: boolean };

  private constructor(rig: UpstreamRig, informers: InformerFactory, rights: { widgets: boolean }) {
    this.rig = rig;
    this.informers = informers;
    this.widgets = informers.of({ group: WIDGETS.group, version: WIDGETS.version, resource: WIDGETS.plural });
    this.#rights = rights;
  }

  /** @param isInstalled whether the cluster knows widgets */
  static async open(isInstalled: boolean): Promise<WidgetStage> {
    const rights = { widgets: true };
    const rig = await UpstreamRig.open({
      kinds: isInstalled ? [WIDGETS] : [],
      authorize: (_, access) => access.type !== 'resource' || access.resource !== 'widgets' || rights.widgets,
    });
    rig.pod('web', 'Running');
    const stage = new WidgetStage(rig, await rig.informers(), rights);
    if (isInstalled) stage.add('first');
    return stage;
  }

  /** A server of both. */
  serve(): Promise<TestServer> {
    return this.rig.serve(podPhases(this.informers.pods), widgetRows(this.widgets));
  }

  add(name: string): void {
    this.rig.cluster.storage.create(NAME, { metadata: { name } });
  }

  /** Takes away our right to them. @returns gives it back */
  forbid(): () => void {
    this.#rights.widgets = false;
    return () => (this.#rights.widgets = true);
  }

  /** Answers every request for them with an error. @returns ends that */
  refuse(code: number, message: string): () => void {
    return this.rig.cluster.api.refuse(({ resource: name }) => name === NAME, { code, message });
  }

  /** Another attempt is made, and has failed. */
  async failAgain(): Promise<void> {
    const before = failures(this.widgets.metrics);
    this.rig.clock.advance(LONGEST_WAIT);
    await until(() => failures(this.widgets.metrics) > before);
  }

  close(): Promise<void> {
    return this.rig.close();
  }
}

/** Ways in which they can not be had. */
export interface Refusal {
  readonly what: string;
  readonly isInstalled: boolean;
  /** @returns makes it well again, and sees to it that `first` is there */
  readonly refuse: (stage: WidgetStage) => () => void;
  /** How it is counted. */
  readonly cause: string;
  /** How it is told. */
  readonly message: string;
}

export const FORBIDDEN: Refusal = {
  what: 'forbidden (403)',
  isInstalled: true,
  refuse: (stage) => stage.forbid(),
  cause: 'UpstreamApiError 403',
  message:
    `${NAME}: not allowed: ${NAME} is forbidden: ` +
    'User "kubefacet" cannot watch resource "widgets" in API group "example.org" at the cluster scope',
};

export const UNAUTHORIZED: Refusal = {
  what: 'closed to credentials that have expired (401)',
  isInstalled: true,
  refuse: (stage) => stage.refuse(401, 'Unauthorized'),
  cause: 'UpstreamApiError 401',
  message: `${NAME}: not allowed: Unauthorized`,
};

export const NOT_INSTALLED: Refusal = {
  what: 'not installed yet (404)',
  isInstalled: false,
  refuse: (stage) => () => {
    stage.rig.cluster.storage.addKind(WIDGETS);
    stage.add('first');
  },
  cause: 'UpstreamApiError 404',
  message: `${NAME}: the API server responded with status 404: 404 page not found`,
};

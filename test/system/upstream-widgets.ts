/** A custom resource that the cluster sometimes refuses, and pods that it always serves. */
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

export class WidgetRig {
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

  /** @param isInstalled whether widgets are installed in the cluster */
  static async open(isInstalled: boolean): Promise<WidgetRig> {
    const rights = { widgets: true };
    const rig = await UpstreamRig.open({
      kinds: isInstalled ? [WIDGETS] : [],
      authorize: (_, access) => access.type !== 'resource' || access.resource !== 'widgets' || rights.widgets,
    });
    rig.pod('web', 'Running');
    const widgets = new WidgetRig(rig, await rig.informers(), rights);
    if (isInstalled) widgets.add('first');
    return widgets;
  }

  /** A server with rows of both resources. */
  serve(): Promise<TestServer> {
    return this.rig.serve(podPhases(this.informers.pods), widgetRows(this.widgets));
  }

  add(name: string): void {
    this.rig.cluster.storage.create(NAME, { metadata: { name } });
  }

  /** Revokes the access to widgets. @returns a function that restores it */
  forbid(): () => void {
    this.#rights.widgets = false;
    return () => (this.#rights.widgets = true);
  }

  /** Fails every request for widgets with an error. @returns a function that ends the failures */
  refuse(code: number, message: string): () => void {
    return this.rig.cluster.api.refuse(({ resource: name }) => name === NAME, { code, message });
  }

  /** Waits for another round of requests that fail: a WatchList and a list, and before them a watch if there is a state. */
  async failAgain(requests: number): Promise<void> {
    const before = failures(this.widgets.metrics);
    this.rig.clock.advance(LONGEST_WAIT);
    await until(() => failures(this.widgets.metrics) >= before + requests);
  }

  close(): Promise<void> {
    return this.rig.close();
  }
}

/** Ways in which the cluster refuses widgets. */
export interface Refusal {
  readonly what: string;
  readonly isInstalled: boolean;
  /** @returns a function that ends the refusal and ensures that `first` exists */
  readonly refuse: (rig: WidgetRig) => () => void;
  /** The error counter that increases. */
  readonly cause: string;
  /** The message of the error. */
  readonly message: string;
}

export const FORBIDDEN: Refusal = {
  what: 'forbidden (403)',
  isInstalled: true,
  refuse: (rig) => rig.forbid(),
  cause: 'UpstreamApiError 403',
  message:
    `${NAME}: not allowed: ${NAME} is forbidden: ` +
    'User "kubefacet" cannot watch resource "widgets" in API group "example.org" at the cluster scope',
};

export const UNAUTHORIZED: Refusal = {
  what: 'unauthorized because of expired credentials (401)',
  isInstalled: true,
  refuse: (rig) => rig.refuse(401, 'Unauthorized'),
  cause: 'UpstreamApiError 401',
  message: `${NAME}: not allowed: Unauthorized`,
};

export const NOT_INSTALLED: Refusal = {
  what: 'not installed yet (404)',
  isInstalled: false,
  refuse: (rig) => () => {
    rig.rig.cluster.storage.addKind(WIDGETS);
    rig.add('first');
  },
  cause: 'UpstreamApiError 404',
  message: `${NAME}: the API server responded with status 404: 404 page not found`,
};

import { expect } from 'chai';
import {
  deploymentObject,
  disruptionBudgetObject,
  namespaceObject,
  serviceAccountObject,
  serviceObject,
} from '../../../src/cli/manifests/workload.ts';
import { readSettings } from '../../../src/cli/settings/read-settings.ts';
import { SERVE_SETTINGS } from '../../../src/cli/settings/serve-settings.ts';
import type { DefinitionFacts } from '../../../src/definition/definition-facts.ts';
import { deployedWith } from './deployed.ts';

const FACTS: DefinitionFacts = {
  apis: [],
  sources: [],
  access: [],
  impersonates: false,
  hasLocalViews: false,
  singleProcess: [],
  storeFiles: [],
};

const podOf = (options: Parameters<typeof deployedWith>[0] = {}, facts: Partial<DefinitionFacts> = {}) => {
  const { spec } = deploymentObject(deployedWith(options), { ...FACTS, ...facts });
  const pod = spec?.template.spec;
  const [server] = pod?.containers ?? [];
  if (pod === undefined || server === undefined) throw new Error('the Deployment has no container');
  return { spec, pod, server };
};
const environmentOf = (options: Parameters<typeof deployedWith>[0] = {}) =>
  Object.fromEntries((podOf(options).server.env ?? []).map(({ name, value = '' }) => [name, value]));

describe('deploymentObject()', () => {
  it('sets only variables that serve accepts, with a self-made certificate and a delay for the shutdown', () => {
    const { NODE_OPTIONS: _, ...variables } = environmentOf({ namespaces: ['shop', 'bank'] });
    const { values, warnings } = readSettings(SERVE_SETTINGS, ['server.ts'], variables);
    expect(warnings).to.deep.equal([]);
    expect(values).to.deep.include({
      'serve.port': 8443,
      'tls.mode': 'self-made',
      'tls.service': { namespace: 'apps', name: 'mine' },
      'shutdown.delay': 30_000,
      namespaces: ['shop', 'bank'],
    });
  });

  it('mounts a Secret with the certificate only if the server does not make it', () => {
    expect(podOf().pod.volumes?.map(({ name }) => name)).to.deep.equal(['tmp']);
    for (const tls of ['secret', 'cert-manager'] as const) {
      const { pod, server } = podOf({ tls });
      expect(pod.volumes?.[0]?.secret?.secretName).to.equal('mine-tls');
      expect(server.volumeMounts?.[0]?.mountPath).to.equal('/tls');
      const { NODE_OPTIONS: _, ...variables } = environmentOf({ tls });
      expect(readSettings(SERVE_SETTINGS, ['server.ts'], variables).values).to.deep.include({
        'tls.mode': 'files',
        'tls.certFile': '/tls/tls.crt',
        'tls.privateKeyFile': '/tls/tls.key',
      });
    }
  });

  it('gives the pod more time than the whole shutdown takes', () => {
    const { values } = readSettings(SERVE_SETTINGS, ['server.ts'], environmentOf());
    const shutdown = values['shutdown.delay'] + values['shutdown.watchGracePeriod'] + 60_000;
    expect((podOf().pod.terminationGracePeriodSeconds ?? 0) * 1000).to.be.above(shutdown);
  });

  it('derives the heap from the memory limit', () => {
    const { resources } = podOf({ memory: 2 ** 30 }).server;
    expect(resources).to.deep.include({ limits: { memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } });
    expect(environmentOf({ memory: 2 ** 30 })['NODE_OPTIONS']).to.equal(
      '--max-old-space-size=576 --max-semi-space-size=16',
    );
  });

  it('runs without privileges, on a read-only file system, and spread over nodes and zones', () => {
    const { pod, server } = podOf();
    expect(pod.securityContext).to.include({ runAsNonRoot: true, runAsUser: 65_532 });
    expect(server.securityContext).to.deep.equal({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.enableServiceLinks).to.equal(false);
    expect(pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).to.deep.equal([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
    expect([server.livenessProbe, server.readinessProbe].map((probe) => probe?.httpGet?.path)).to.deep.equal([
      '/livez',
      '/readyz',
    ]);
  });

  it('has one replica, which is replaced before the next starts, if a store belongs to one process', () => {
    expect(podOf({ replicas: 3 }).spec).to.include({ replicas: 3 });
    const { spec } = podOf({ replicas: 3 }, { singleProcess: ['tasks.example.com'] });
    expect(spec).to.deep.include({ replicas: 1, strategy: { type: 'Recreate' } });
  });
});

describe('the volume of a store', () => {
  it('is mounted at the folder of its file, and nowhere without one', () => {
    const { pod, server } = podOf({}, { singleProcess: ['tasks.example.com'], storeFiles: ['/data/tasks.db'] });
    expect(pod.volumes).to.deep.include({ name: 'data', persistentVolumeClaim: { claimName: 'mine-data' } });
    expect(server.volumeMounts).to.deep.include({ name: 'data', mountPath: '/data' });
    expect(podOf().pod.volumes?.map(({ name }) => name)).to.not.include('data');
  });
});

describe('serviceObject()', () => {
  it('binds clients to a replica only if positions are valid on one replica only', () => {
    const affinity = (hasLocalViews: boolean): unknown =>
      serviceObject(deployedWith(), { ...FACTS, hasLocalViews }).spec?.sessionAffinity;
    expect([affinity(true), affinity(false)]).to.deep.equal(['ClientIP', 'None']);
  });

  it('selects the pods of the Deployment, and names their port', () => {
    const { selector, ports } = serviceObject(deployedWith(), FACTS).spec ?? {};
    const { spec, server } = podOf();
    expect(spec?.template.metadata?.labels).to.include(selector ?? {});
    expect(spec?.selector.matchLabels).to.deep.equal(selector);
    expect(ports?.map(({ targetPort }) => targetPort)).to.deep.equal(server.ports?.map(({ name }) => name));
  });
});

describe('disruptionBudgetObject()', () => {
  it('allows one disruption, so that it never blocks the drain of a node', () => {
    expect(disruptionBudgetObject(deployedWith({ replicas: 1 })).spec).to.include({ maxUnavailable: 1 });
  });
});

describe('namespaceObject() and serviceAccountObject()', () => {
  it('have the names of the options', () => {
    expect(namespaceObject(deployedWith()).metadata?.name).to.equal('apps');
    expect(serviceAccountObject(deployedWith()).metadata).to.include({ name: 'mine', namespace: 'apps' });
  });
});

import { expect } from 'chai';
import { monitoringObjects, type ServiceMonitor } from '../../../src/cli/manifests/monitoring.ts';
import { serviceObject } from '../../../src/cli/manifests/workload.ts';
import { deployedWith, factsAbout } from './deployed.ts';
import { rawEndpoint } from '../../../src/server/index.ts';

const PROMETHEUS = { namespace: 'monitoring', name: 'prometheus' };

describe('monitoringObjects()', () => {
  it('returns nothing without an account of Prometheus', () => {
    expect(monitoringObjects(deployedWith({ ca: 'PEM' }))).to.deep.equal([]);
  });

  it('allows the account to read the metrics, and nothing else', () => {
    const [role, binding] = monitoringObjects(deployedWith({ serviceMonitor: PROMETHEUS }));
    expect(role).to.deep.include({ rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }] });
    expect(binding).to.deep.include({ subjects: [{ kind: 'ServiceAccount', ...PROMETHEUS }] });
  });

  it('selects the Service and its port, and verifies the certificate', async () => {
    const deployed = deployedWith({ serviceMonitor: PROMETHEUS, ca: 'PEM' });
    const monitor = monitoringObjects(deployed).at(-1) as ServiceMonitor;
    const raw = rawEndpoint({ path: '/a', paths: { '': { GET: () => undefined } } });
    const facts = await factsAbout(() => ({ apis: [{ group: 'a.example', version: 'v1', resources: [raw] }] }));
    const service = serviceObject(deployed, facts);
    expect(service.metadata?.labels).to.include(monitor.spec.selector.matchLabels);
    const [endpoint] = monitor.spec.endpoints;
    expect(service.spec?.ports?.map(({ name }) => name)).to.include(endpoint?.port);
    expect(endpoint?.tlsConfig).to.deep.equal({
      serverName: 'mine.apps.svc',
      ca: { configMap: { name: 'mine-ca', key: 'ca.crt' } },
    });
  });

  for (const [mode, options, ca] of [
    ['a self-made certificate', { tls: 'self-made' }, { secret: { name: 'mine-ca', key: 'ca.crt' } }],
    ['cert-manager', { tls: 'cert-manager' }, { secret: { name: 'mine-tls', key: 'ca.crt' } }],
    ['a Secret with its CA', { tls: 'secret' }, { secret: { name: 'mine-tls', key: 'ca.crt' } }],
    ['a CA from a file', { tls: 'secret', ca: 'PEM' }, { configMap: { name: 'mine-ca', key: 'ca.crt' } }],
  ] as const) {
    it(`names the CA of ${mode}, and writes it only if no Secret contains it`, () => {
      const objects = monitoringObjects(deployedWith({ serviceMonitor: PROMETHEUS, ...options }));
      const { spec } = objects.at(-1) as ServiceMonitor;
      expect(spec.endpoints.map(({ tlsConfig }) => tlsConfig.ca)).to.deep.equal([ca]);
      const maps = objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata?.name);
      expect(maps).to.deep.equal('configMap' in ca ? ['mine-ca'] : []);
    });
  }
});

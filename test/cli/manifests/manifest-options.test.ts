import { expect } from 'chai';
import { labelsOf, MANIFEST_OPTIONS } from '../../../src/cli/manifests/manifest-options.ts';
import { readFlags } from '../../../src/cli/settings/read-settings.ts';

describe('MANIFEST_OPTIONS', () => {
  it('has two replicas, memory for 10,000 rows and all namespaces by default', () => {
    const { values } = readFlags(MANIFEST_OPTIONS, []);
    expect(values).to.include({
      replicas: 2,
      rows: 10_000,
      memory: undefined,
      namespaces: undefined,
      image: undefined,
      serviceMonitor: undefined,
    });
  });

  for (const [flag, value, message] of [
    ['--name', 'Mine', 'must have at most 40 lowercase letters'],
    ['--name', '', 'must have at most 40 lowercase letters'],
    ['--cpu', '1Gi', 'must be a quantity like 100m or 2'],
    ['--replicas', '0', 'must be a whole number of 1 or more'],
    ['--memory', '1Ki', 'must be a number of bytes of 536870912 or more'],
    ['--rows', '1Mi', 'must be a whole number of 0 or more'],
    ['--storage', '1Ki', 'must be a number of bytes of 1048576 or more'],
    ['--service-monitor', 'prometheus', 'must be like kubefacet/kubefacet'],
    ['--issuer', 'clusterissuer/ca', 'must be like ca, ClusterIssuer/ca or KIND.GROUP/ca'],
    ['--issuer', 'ClusterIssuer/', 'must be like ca, ClusterIssuer/ca or KIND.GROUP/ca'],
    ['--format', 'helm', 'must be yaml or kustomize'],
  ] as const) {
    it(`refuses ${flag} "${value}"`, () => {
      expect(() => readFlags(MANIFEST_OPTIONS, [`${flag}=${value}`])).to.throw(message);
    });
  }
});

describe('--issuer', () => {
  for (const [text, issuer] of [
    ['company', { group: 'cert-manager.io', kind: 'Issuer', name: 'company' }],
    ['ClusterIssuer/company.ca', { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'company.ca' }],
    [
      'AWSPCAClusterIssuer.awspca.cert-manager.io/root',
      { group: 'awspca.cert-manager.io', kind: 'AWSPCAClusterIssuer', name: 'root' },
    ],
  ] as const) {
    it(`accepts ${text}`, () => {
      expect(readFlags(MANIFEST_OPTIONS, ['--issuer', text]).values.issuer).to.deep.equal(issuer);
    });
  }
});

describe('labelsOf()', () => {
  it('names the server and this tool', () => {
    expect(labelsOf({ name: 'mine' })).to.deep.equal({
      'app.kubernetes.io/name': 'mine',
      'app.kubernetes.io/managed-by': 'kubefacet',
    });
  });
});

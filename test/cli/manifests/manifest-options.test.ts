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
    ['--memory', '1Ki', 'must be a number of bytes of 67108864 or more'],
    ['--rows', '1Mi', 'must be a whole number of 0 or more'],
    ['--storage', '1Ki', 'must be a number of bytes of 1048576 or more'],
    ['--service-monitor', 'prometheus', 'must be like kubefacet/kubefacet'],
    ['--format', 'helm', 'must be yaml or kustomize'],
  ] as const) {
    it(`refuses ${flag} "${value}"`, () => {
      expect(() => readFlags(MANIFEST_OPTIONS, [`${flag}=${value}`])).to.throw(message);
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

import { expect } from 'chai';

import { compareVersions } from '../../../src/testing/cluster/version-order.ts';

describe('compareVersions', () => {
  it('orders versions as Kubernetes prefers them', () => {
    const preferred = [
      'v10',
      'v2',
      'v1',
      'v11beta2',
      'v10beta3',
      'v3beta1',
      'v12alpha1',
      'v11alpha2',
      'bar',
      'foo',
      'v1gamma',
    ];
    expect(preferred.toReversed().sort((a, b) => compareVersions(b, a))).to.deep.equal(preferred);
  });

  it('finds nothing to choose between equal versions', () => {
    for (const version of ['v1', 'v1beta1', 'foo']) expect(compareVersions(version, version)).to.equal(0);
  });
});

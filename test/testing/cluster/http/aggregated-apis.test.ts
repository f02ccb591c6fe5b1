import { expect } from 'chai';

import {
  compareApiVersions,
  sortedByPriority,
  localPriority,
} from '../../../../src/testing/cluster/http/aggregated-apis.ts';

const version = (group: string, version: string, groupPriorityMinimum: number, versionPriority: number) => ({
  group,
  version,
  groupPriorityMinimum,
  versionPriority,
});

describe('sortedByPriority()', () => {
  it('sorts groups by their greatest priority, then by name', () => {
    const ordered = sortedByPriority([
      version('b', 'v1', 10, 1),
      version('c', 'v1', 5, 1),
      version('a', 'v1', 10, 1),
      version('c', 'v2', 20, 1),
    ]);
    expect(ordered.map(({ group }) => group)).to.deep.equal(['c', 'a', 'b']);
  });

  it('sorts versions by their priority, then by name', () => {
    const [{ versions } = { versions: [] }] = sortedByPriority([
      version('a', 'v1beta1', 1, 15),
      version('a', 'v2alpha1', 1, 20),
      version('a', 'v1', 1, 15),
      version('a', 'v2', 1, 15),
    ]);
    expect(versions.map((one) => one.version)).to.deep.equal(['v2alpha1', 'v2', 'v1', 'v1beta1']);
  });

  it('sorts built-in groups before those of custom resources', () => {
    const ordered = sortedByPriority(
      ['example.com', 'batch', 'apps'].map((group) => ({ group, version: 'v1', ...localPriority(group) })),
    );
    expect(ordered.map(({ group }) => group)).to.deep.equal(['apps', 'batch', 'example.com']);
  });
});

describe('compareVersions()', () => {
  it('sorts versions in the order that Kubernetes prefers', () => {
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
    expect(preferred.toReversed().sort((a, b) => compareApiVersions(b, a))).to.deep.equal(preferred);
  });

  it('returns 0 for equal versions', () => {
    for (const version of ['v1', 'v1beta1', 'foo']) expect(compareApiVersions(version, version)).to.equal(0);
  });
});

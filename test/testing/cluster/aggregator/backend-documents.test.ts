import { expect } from 'chai';

import { versionDiscoveryOf } from '../../../../src/testing/cluster/aggregator/backend-documents.ts';
import { widgetResources } from '../support/small-backend.ts';

describe('versionDiscoveryOf()', () => {
  it('moves subresources into their resource and gives each a response kind', () => {
    const responseKind = { group: 'example.com', version: 'v1', kind: 'Widget' };
    expect(versionDiscoveryOf('example.com', 'v1', widgetResources)).to.deep.equal({
      version: 'v1',
      resources: [
        {
          resource: 'widgets',
          responseKind,
          scope: 'Namespaced',
          singularResource: 'widget',
          verbs: ['get', 'list', 'watch'],
          subresources: [{ subresource: 'status', responseKind, verbs: ['get'] }],
        },
      ],
      freshness: 'Current',
    });
  });

  it('keeps the kind of another group, short names and categories', () => {
    const resources = [
      { name: 'as', kind: 'Scale', group: 'autoscaling', version: 'v2', shortNames: ['a'], categories: ['all'] },
    ];
    expect(versionDiscoveryOf('example.com', 'v1', { resources }).resources).to.deep.equal([
      {
        resource: 'as',
        responseKind: { group: 'autoscaling', version: 'v2', kind: 'Scale' },
        scope: 'Cluster',
        singularResource: '',
        verbs: [],
        shortNames: ['a'],
        categories: ['all'],
      },
    ]);
  });
});
